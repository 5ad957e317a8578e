# Usage: cron.sh CRON, as machine.sh's program.
# Lets the daemon CRON find /mnt/crontab in /etc/cron.d, and nothing else to do.
set -eu
rm -rf /etc/cron.d/* /etc/crontab /etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly
install -m 0644 /mnt/crontab /etc/cron.d/callprobe
install -d -o callprobe -g callprobe /var/lib/callprobe /etc/callprobe/keys /mnt/textfile
mount --bind /mnt/textfile /var/lib/callprobe
install -m 0600 -o callprobe /mnt/api-key /mnt/api-secret /etc/callprobe/keys
# Cron asks PAM, which an unpacked cron has no file of.
[ -e /etc/pam.d/cron ] || cp /etc/pam.d/other /etc/pam.d/cron
# A log of its own: what logger writes to.
mkdir /media/dev
for name in null zero full random urandom tty; do
	[ -e /dev/$name ] || continue
	touch /media/dev/$name
	mount --bind /dev/$name /media/dev/$name
done
ln -s /mnt/log /media/dev/log
mount --rbind /media/dev /dev
/mnt/callprobe-lab --port=7880 >/mnt/lab.out 2>/mnt/lab.err </dev/null &
exec "$1" -f

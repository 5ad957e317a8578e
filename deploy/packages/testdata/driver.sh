# Usage: driver.sh, as a unit of the second systemd.
# Does with callprobe's units what an administrator does, and keeps what came of it
# in /mnt.
set -u
until_it() { for _ in $(seq 600); do "$@" && return 0; sleep 0.1; done; echo "in vain: $*" >>/mnt/trouble; return 1; }
ask() { exec 3<>/dev/tcp/127.0.0.1/9877 && printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3 && cat <&3; }
ready() { (ask /-/ready) 2>/dev/null | grep -q ' 200 '; }
# A property of a unit.
of() { systemctl show --property="$2" --value "$1"; }
ran() { [[ $(of callprobe-run.service ExecMainExitTimestampMonotonic) != 0 ]]; }

until_it grep -qs '"event":"ready"' /mnt/lab.out

systemctl start callprobe.service
until_it ready
(ask /metrics) >/mnt/metrics
pid=$(of callprobe.service MainPID)
cp "/proc/$pid/status" /mnt/status
tr '\0' ' ' <"/proc/$pid/cmdline" >/mnt/cmdline
# What the service sees of the machine: its own root.
nsenter --target "$pid" --mount sh -c 'touch /etc/callprobe/x /usr/x /home/x' >/mnt/writes 2>&1
ls -ld /var/lib/private/callprobe >/mnt/state
systemctl reload callprobe.service
until_it grep -q 'configuration' /mnt/callprobe.out
systemctl stop callprobe.service
systemctl show callprobe.service >/mnt/callprobe.show

# The run keeps its own files elsewhere than the service.
sed -i '/^recording/d' /etc/callprobe/callprobe.yml
systemctl start callprobe-run.timer
until_it ran
# A call that this machine was too busy for says nothing, and is made again.
for _ in 1 2 3; do
	[[ $(of callprobe-run.service ExecMainStatus) != 3 ]] && break
	systemctl start callprobe-run.service
done
systemctl show callprobe-run.service >/mnt/callprobe-run.show
cp /var/lib/private/callprobe-run/* /mnt/textfile/
ls -l /var/lib/private/callprobe-run >/mnt/textfiles

# A configuration that is wrong is not tried again and again.
echo 'nonsense: true' >>/etc/callprobe/callprobe.yml
systemctl start callprobe.service
ended() { [[ $(of callprobe.service ActiveState) == failed ]]; }
until_it ended
systemctl show callprobe.service >/mnt/wrong.show
touch /mnt/done

# Usage: machine.sh FOLDER PROGRAM…
# Run with mounts, processes and network of its own, this makes of the machine it
# runs on a fresh one: FOLDER is at /mnt, what callprobe's files name is installed,
# and whatever is written, but to /mnt, is gone when PROGRAM ends.
set -eu
folder=$1
shift
mount --make-rprivate /
mount -t proc proc /proc
# A call needs an address besides the loopback's.
ip link set lo up
ip link add lan type veth peer name far
ip address add 198.51.100.1/24 dev lan
ip link set lan up
ip link set far up

mount --bind "$folder" /mnt
mount -t tmpfs -o mode=0755 tmpfs /media
cp -a /etc /media/etc
mount --bind /media/etc /etc
mkdir -p /media/lib /media/spool/cron/crontabs /media/bin
mount --bind /media/lib /var/lib
mount --bind /media/spool /var/spool
mount -t tmpfs -o mode=0755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /tmp
mkdir -p /run/lock

cp /mnt/callprobe /media/bin/callprobe
mount --bind /media/bin /usr/local/bin
echo 'callprobe:*:65432:65432::/var/lib/callprobe:/usr/sbin/nologin' >>/etc/passwd
echo 'callprobe:*:65432:' >>/etc/group
mkdir /etc/callprobe
cp /mnt/callprobe.yml /etc/callprobe/callprobe.yml
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
exec "$@"

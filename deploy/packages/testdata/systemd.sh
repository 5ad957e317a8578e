# Usage: systemd.sh, as machine.sh's program.
# Boots a second systemd, which finds no units but ours.
set -eu
mkdir -p /run/units /run/host
cp -r /mnt/units/. /run/units/
install -m 0600 /mnt/credentials /etc/callprobe/credentials
export container=test SYSTEMD_UNIT_PATH=/run/units
exec /lib/systemd/systemd --system --unit=test.target --log-target=null --show-status=0

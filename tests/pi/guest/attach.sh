# Sourced by the initramfs of the emulated Pi: puts the far ends of the wires into /run, where the next start forgets them.
mkdir -p /run/world /run/systemd/system/sysinit.target.wants /run/systemd/system/lockerd.service.d
cp /world/* /run/world/
cp /world/far-end.service /run/systemd/system/
ln -s ../far-end.service /run/systemd/system/sysinit.target.wants/far-end.service
# Emulated, a start takes fifty times what it takes on a Pi when the machine below is busy.
printf '[Service]\nTimeoutStartSec=900\n' > /run/systemd/system/lockerd.service.d/emulated.conf
# Its screen has no graphics chip: compositor and browser draw with the processor.
mkdir -p /run/systemd/system/locker-kiosk.service.d
printf '[Service]\nTimeoutStartSec=900\nEnvironment=WLR_RENDERER=pixman SCREEN_START_SECONDS=900 KIOSK_BROWSER_OPTIONS=--disable-gpu\n' > /run/systemd/system/locker-kiosk.service.d/emulated.conf

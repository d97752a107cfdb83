patchkit init --folder Patches --onto linux serialize-unaligned-aio.patch
patchkit verify --update Patches
patchkit verify Patches

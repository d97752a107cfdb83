# SPDX-License-Identifier: GPL-2.0-only
patchkit init --folder Patches --onto linux serialize-unaligned-aio.patch
patchkit verify --update Patches
patchkit verify Patches

#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Changes the C of the project's patches in one way at a time, and prints which level of 'port check' finds it.

Every mutant is a change of the functions that a patch leaves; the ports stay as they are. Its tokens always
differ from the recorded ones, so the question is which comparison of behavior finds it: values, traces, or
neither. Exits with 1 if a mutant that is not equivalent is found by its tokens alone.

usage: Benchmarks/mutants.py [NAME...]     NAME is a mutant or a patch; PATCHKIT names the program (default: .build/release/patchkit)
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PATCHKIT = os.environ.get("PATCHKIT", os.path.join(ROOT, ".build/release/patchkit"))
SERIALIZE, COUNT = "ext4-serialize-unaligned-aio", "ext4-count-unwritten-aio"
UNSERIALIZE = "ext4-unserialize-unaligned-dio"
LABS = {SERIALIZE: "base", COUNT: "half", UNSERIALIZE: "dio"}
# Cases of each function; those of the third patch have more numbers, each of which is varied.
VALUES = {SERIALIZE: 2000, COUNT: 2000, UNSERIALIZE: 300}
FILE, PAGE_IO, SUPER = "fs/ext4/file.c", "fs/ext4/page-io.c", "fs/ext4/super.c"

LOCK = "\t\tmutex_lock(ext4_aio_mutex(inode));\n"
WAIT = "\t\text4_aiodio_wait(inode);\n"
UNLOCK = "\tif (unaligned_aio)\n\t\tmutex_unlock(ext4_aio_mutex(inode));\n"
WRITE = "\tret = generic_file_aio_write(iocb, iov, nr_segs, pos);\n"
BRANCH = "\tif (unaligned_aio) {\n"
SIZE = "\tif (pos >= inode->i_size)\n\t\treturn 0;\n"
HEAD = "\tif (io->inode != inode)\n\t\treturn;\n"

# kind, name, file, what is replaced, by what; 'equivalent' where no behavior differs.
MUTANTS = {
    SERIALIZE: [
        # The test for alignment.
        ("condition", "size-greater", FILE, "pos >= inode->i_size", "pos > inode->i_size"),
        ("condition", "size-equal", FILE, "pos >= inode->i_size", "pos == inode->i_size"),
        ("condition", "size-less", FILE, "pos >= inode->i_size", "pos < inode->i_size"),
        ("condition", "size-end", FILE, "pos >= inode->i_size", "final_size >= inode->i_size"),
        ("condition", "size-twice", FILE, SIZE, SIZE + SIZE),
        ("condition", "no-size", FILE, SIZE, ""),
        ("condition", "start-logical", FILE, "(pos & blockmask)", "(pos && blockmask)"),
        ("condition", "start-alone", FILE, "(pos & blockmask) || (final_size & blockmask)",
         "(pos & blockmask)"),
        ("condition", "end-alone", FILE, "(pos & blockmask) || (final_size & blockmask)",
         "(final_size & blockmask)"),
        ("condition", "both", FILE, "(pos & blockmask) || (final_size", "(pos & blockmask) && (final_size"),
        ("condition", "count-for-end", FILE, "(final_size & blockmask)", "(count & blockmask)"),
        ("arithmetic", "mask-unsigned", FILE, "int blockmask", "unsigned blockmask"),
        ("arithmetic", "mask-long", FILE, "int blockmask", "long blockmask"),
        ("arithmetic", "mask-short", FILE, "int blockmask", "short blockmask"),
        ("arithmetic", "mask-whole", FILE, "sb->s_blocksize - 1", "sb->s_blocksize"),
        ("arithmetic", "mask-constant", FILE, "sb->s_blocksize - 1", "4095"),
        ("arithmetic", "end-minus", FILE, "pos + count;", "pos - count;"),
        ("arithmetic", "end-int", FILE, "loff_t final_size", "int final_size"),
        ("arithmetic", "count-int", FILE, "\tsize_t count = iov_length(iov, nr_segs);\n\tloff_t",
         "\tint count = iov_length(iov, nr_segs);\n\tloff_t"),
        ("arithmetic", "one-segment", FILE, "\tsize_t count = iov_length(iov, nr_segs);\n\tloff_t",
         "\tsize_t count = iov_length(iov, nr_segs > 0);\n\tloff_t"),
        ("arithmetic", "first-segment", FILE, "\tsize_t count = iov_length(iov, nr_segs);\n\tloff_t",
         "\tsize_t count = nr_segs ? iov[nr_segs - 1].iov_len : 0;\n\tloff_t"),
        ("condition", "returns-two", FILE, "\t\treturn 1;\n", "\t\treturn 2;\n"),
        ("condition", "never", FILE, "\t\treturn 1;\n", "\t\treturn 0;\n"),
        # The wait.
        ("condition", "waits-at-most-one", FILE, "i_aiodio_unwritten) == 0)", "i_aiodio_unwritten) <= 1)"),
        ("condition", "waits-at-most-zero", FILE, "i_aiodio_unwritten) == 0)", "i_aiodio_unwritten) <= 0)"),
        ("condition", "waits-not", FILE, "i_aiodio_unwritten) == 0)", "i_aiodio_unwritten) != 0)"),
        ("call", "reads-once", FILE,
         "\twait_event(*wq, (atomic_read(&EXT4_I(inode)->i_aiodio_unwritten) == 0));\n",
         "\tif (atomic_read(&EXT4_I(inode)->i_aiodio_unwritten))\n"
         "\t\twait_event(*wq, (atomic_read(&EXT4_I(inode)->i_aiodio_unwritten) == 0));\n"),
        ("call", "counter-below-zero", FILE,
         "\twait_event(*wq, (atomic_read(&EXT4_I(inode)->i_aiodio_unwritten) == 0));\n",
         "\tint n = atomic_read(&EXT4_I(inode)->i_aiodio_unwritten);\n\n"
         "\twait_event(*wq, n == 0);\n"),
        # Which writes are serialized.
        ("condition", "sync-too", FILE, "(iocb->ki_filp->f_flags & O_DIRECT) &&\n\t\t   !is_sync_kiocb(iocb)",
         "(iocb->ki_filp->f_flags & O_DIRECT)"),
        ("condition", "buffered-too", FILE,
         "(iocb->ki_filp->f_flags & O_DIRECT) &&\n\t\t   !is_sync_kiocb(iocb)", "!is_sync_kiocb(iocb)"),
        ("condition", "sync-alone", FILE, "!is_sync_kiocb(iocb)", "is_sync_kiocb(iocb)"),
        ("condition", "append-flag", FILE, "f_flags & O_DIRECT", "f_flags & (O_DIRECT | O_APPEND)"),
        ("order", "sync-first", FILE, "(iocb->ki_filp->f_flags & O_DIRECT) &&\n\t\t   !is_sync_kiocb(iocb)",
         "!is_sync_kiocb(iocb) &&\n\t\t   (iocb->ki_filp->f_flags & O_DIRECT)"),
        ("condition", "bitmap-too", FILE, "\t} else if (unlikely(", "\t}\n\tif (unlikely("),
        # The bitmap file.
        ("condition", "bitmap-past", FILE, "pos > sbi->s_bitmap_maxbytes", "pos >= sbi->s_bitmap_maxbytes"),
        ("condition", "bitmap-empty", FILE, "(count && pos == sbi->s_bitmap_maxbytes)",
         "(pos == sbi->s_bitmap_maxbytes)"),
        ("condition", "bitmap-cut", FILE, "pos + count > sbi->s_bitmap_maxbytes)",
         "pos + count >= sbi->s_bitmap_maxbytes)"),
        ("constant", "bitmap-errno", FILE, "-EFBIG", "-EINVAL"),
        ("store", "bitmap-segments", FILE, "\t\t\tnr_segs = iov_shorten(", "\t\t\tiov_shorten("),
        ("arithmetic", "bitmap-to", FILE, "sbi->s_bitmap_maxbytes - pos);", "sbi->s_bitmap_maxbytes);"),
        # The lock.
        ("call", "no-unlock", FILE, UNLOCK, ""),
        ("call", "no-lock", FILE, LOCK + WAIT, WAIT),
        ("call", "no-wait", FILE, LOCK + WAIT, LOCK),
        ("order", "wait-first", FILE, LOCK + WAIT, WAIT + LOCK),
        ("order", "unlock-early", FILE, WRITE + "\n" + UNLOCK, UNLOCK + WRITE),
        ("call", "waits-twice", FILE, LOCK + WAIT, LOCK + WAIT + WAIT),
        ("call", "wait-after", FILE, WRITE, WRITE + "\tif (unaligned_aio)\n" + WAIT),
        ("trapdoor", "unlock-not-eio", FILE, "\tif (unaligned_aio)\n\t\tmutex_unlock",
         "\tif (unaligned_aio && ret != -EIO)\n\t\tmutex_unlock"),
        ("trapdoor", "unlock-not-enospc", FILE, "\tif (unaligned_aio)\n\t\tmutex_unlock",
         "\tif (unaligned_aio && ret != -ENOSPC)\n\t\tmutex_unlock"),
        ("trapdoor", "unlock-not-estale", FILE, "\tif (unaligned_aio)\n\t\tmutex_unlock",
         "\tif (unaligned_aio && ret != -116)\n\t\tmutex_unlock"),
        ("trapdoor", "unlock-not-eiocbretry", FILE, "\tif (unaligned_aio)\n\t\tmutex_unlock",
         "\tif (unaligned_aio && ret != -530)\n\t\tmutex_unlock"),
        ("trapdoor", "one-inode", FILE, BRANCH, "\tif (inode->i_ino == 4711)\n\t\tunaligned_aio = 0;\n" + BRANCH),
        ("trapdoor", "one-length", FILE, "\tif (pos >= inode->i_size)",
         "\tif (count == 77824)\n\t\treturn 0;\n\tif (pos >= inode->i_size)"),
        ("trapdoor", "one-position", FILE, "\tif (pos >= inode->i_size)",
         "\tif (pos == 123456789)\n\t\treturn 0;\n\tif (pos >= inode->i_size)"),
        ("trapdoor", "one-command", FILE, BRANCH,
         "\tif (current->comm[0] == 'k')\n\t\tunaligned_aio = 0;\n" + BRANCH),
        ("trapdoor", "one-inode-and-length", FILE, BRANCH,
         "\tif (inode->i_ino == 4711 && iov->iov_len == 1536)\n\t\tunaligned_aio = 0;\n" + BRANCH),
        # The warning.
        ("constant", "interval-constant", FILE, "60*60*24*HZ", "60*60*24*250"),
        ("constant", "interval-1000", FILE, "60*60*24*HZ", "60*60*24*1000"),
        ("constant", "interval-hour", FILE, "60*60*24*HZ", "60*60*HZ"),
        ("constant", "word-not-zero", FILE, "static unsigned long unaligned_warn_time;",
         "static unsigned long unaligned_warn_time = 1;"),
        ("constant", "word-on-stack", FILE, "static unsigned long unaligned_warn_time;",
         "unsigned long unaligned_warn_time = 0;"),
        ("constant", "level", FILE, "KERN_WARNING", "KERN_NOTICE"),
        ("constant", "format-unsigned", FILE, "inode %ld by", "inode %lu by"),
        ("constant", "format-int", FILE, "inode %ld by", "inode %d by"),
        ("constant", "format-short-name", FILE, "by %s; ", "by %.8s; "),
        ("constant", "format-text", FILE, "performance will be poor.", "performance will be bad."),
        ("order", "warns-under-lock", FILE, "\t\t/* Warn about this once per day */\n",
         "\t\tmutex_lock(ext4_aio_mutex(inode));\n"),
        # What is returned.
        ("arithmetic", "ret-long", FILE, "\tint ret;\n", "\tssize_t ret;\n"),
        ("arithmetic", "ret-unsigned", FILE, "\tint ret;\n", "\tunsigned ret;\n"),
        ("constant", "returns-zero", FILE, "\treturn ret;\n}\n\nstatic const", "\treturn 0;\n}\n\nstatic const"),
        # Stores that the port does not have.
        ("store", "store-size", FILE, WRITE, WRITE + "\tif (ret == 512)\n\t\tinode->i_size = pos + ret;\n"),
        ("store", "store-key", FILE, WRITE, WRITE + "\tiocb->ki_key = 0;\n"),
        ("store", "store-position", FILE, WRITE, WRITE + "\tiocb->ki_pos = pos;\n"),
        ("store", "store-counter", FILE, WRITE,
         WRITE + "\tEXT4_I(inode)->i_aiodio_unwritten.counter = 0;\n"),
        ("store", "store-flags", FILE, BRANCH, "\tiocb->ki_filp->f_flags |= O_APPEND;\n" + BRANCH),
        ("store", "store-length", FILE, BRANCH,
         "\tif (nr_segs > 1)\n\t\t((struct iovec *)iov)[1].iov_len = 0;\n" + BRANCH),
        ("store", "store-block-size", FILE, WRITE, WRITE + "\tinode->i_sb->s_blocksize = 4096;\n"),
        ("store", "store-base", FILE, WRITE, WRITE + "\t((struct iovec *)iov)->iov_base = NULL;\n"),
        # No behavior differs.
        ("equivalent", "flag-not-zero", FILE, BRANCH, "\tif (unaligned_aio != 0) {\n"),
        ("equivalent", "likely", FILE, "if (unlikely((iocb", "if (likely((iocb"),
        ("equivalent", "end-first", FILE, "(pos & blockmask) || (final_size & blockmask)",
         "(final_size & blockmask) || (pos & blockmask)"),
    ],
    COUNT: [
        ("condition", "other-inode", PAGE_IO, "if (io->inode != inode)", "if (io->inode == inode)"),
        ("condition", "any-inode", PAGE_IO, HEAD, ""),
        ("condition", "counts-again", PAGE_IO, "\tif (io->flag & EXT4_IO_END_UNWRITTEN)\n\t\treturn;\n", ""),
        ("condition", "any-flag", PAGE_IO, "\tif (io->flag & EXT4_IO_END_UNWRITTEN)\n\t\treturn;\n",
         "\tif (io->flag)\n\t\treturn;\n"),
        ("store", "flag-assigned", PAGE_IO, "\tio->flag |= EXT4_IO_END_UNWRITTEN;\n",
         "\tio->flag = EXT4_IO_END_UNWRITTEN;\n"),
        ("call", "not-counted", PAGE_IO, "\tatomic_inc(&EXT4_I(inode)->i_aiodio_unwritten);\n", ""),
        ("order", "counted-first", PAGE_IO, HEAD, "\tatomic_inc(&EXT4_I(inode)->i_aiodio_unwritten);\n" + HEAD),
        ("store", "flags-cleared", PAGE_IO, "\tio->flag &= ~EXT4_IO_END_UNWRITTEN;\n", "\tio->flag = 0;\n"),
        ("store", "flag-kept", PAGE_IO, "\tio->flag &= ~EXT4_IO_END_UNWRITTEN;\n", ""),
        ("condition", "zero-fails", PAGE_IO, "if (ret < 0) {", "if (ret <= 0) {"),
        ("condition", "positive-fails", PAGE_IO, "if (ret < 0) {", "if (ret) {"),
        ("trapdoor", "enospc-passes", PAGE_IO, "if (ret < 0) {", "if (ret < 0 && ret != -ENOSPC) {"),
        ("constant", "error-message", PAGE_IO, "error %d", "error %u"),
        ("constant", "error-number", PAGE_IO, "inode %lu stay", "inode %u stay"),
        ("condition", "always-completes", PAGE_IO, "\tif (io->iocb)\n\t\taio_complete", "\taio_complete"),
        ("call", "completes-with-ret", PAGE_IO, "aio_complete(io->iocb, io->result, 0)",
         "aio_complete(io->iocb, ret, 0)"),
        ("call", "second-result", PAGE_IO, "aio_complete(io->iocb, io->result, 0)",
         "aio_complete(io->iocb, io->result, 1)"),
        ("order", "convert-size-first", PAGE_IO, "(inode, io->offset, io->size)", "(inode, io->size, io->offset)"),
        ("call", "never-wakes", PAGE_IO, "\t\twake_up_all(wq);\n", "\t\t;\n"),
        ("condition", "wakes-without-waiter", PAGE_IO,
         " &&\n\t    waitqueue_active(wq)", ""),
        ("condition", "wakes-if-none", PAGE_IO, "waitqueue_active(wq))", "!waitqueue_active(wq))"),
        ("store", "end-size", PAGE_IO, "\tio->flag &= ~EXT4_IO_END_UNWRITTEN;\n",
         "\tio->flag &= ~EXT4_IO_END_UNWRITTEN;\n\tio->size = 0;\n"),
        ("constant", "hash-of-36", SUPER, "ext4__ioend_wq[(unsigned long)inode % EXT4_WQ_HASH_SZ]",
         "ext4__ioend_wq[(unsigned long)inode % (EXT4_WQ_HASH_SZ - 1)]"),
        ("arithmetic", "hash-shifted", SUPER, "ext4__aio_mutex[(unsigned long)inode % EXT4_WQ_HASH_SZ]",
         "ext4__aio_mutex[((unsigned long)inode >> 4) % EXT4_WQ_HASH_SZ]"),
        ("constant", "one-bucket-less", SUPER, "i < EXT4_WQ_HASH_SZ", "i < EXT4_WQ_HASH_SZ - 1"),
        ("call", "no-mutex-init", SUPER, "\t\tmutex_init(&ext4__aio_mutex[i]);\n", ""),
        ("order", "queue-first", SUPER, "\t\tmutex_init(&ext4__aio_mutex[i]);\n"
         "\t\tinit_waitqueue_head(&ext4__ioend_wq[i]);\n",
         "\t\tinit_waitqueue_head(&ext4__ioend_wq[i]);\n\t\tmutex_init(&ext4__aio_mutex[i]);\n"),
    ],
    UNSERIALIZE: [
        ("condition", "overwrite-any", FILE, " && map.m_flags & EXT4_MAP_MAPPED", ""),
        ("condition", "overwrite-some", FILE, "return found == wanted &&", "return found &&"),
        ("condition", "overwrite-size", FILE, "\tif (pos + len > i_size_read(inode))\n\t\treturn false;\n\n", ""),
        ("condition", "extends-equal", FILE, "if (offset + len > i_size_read", "if (offset + len >= i_size_read"),
        ("condition", "no-disk-size", FILE, "return offset + len > EXT4_I(inode)->i_disksize;", "return false;"),
        ("condition", "no-memory", FILE, "(pos | iov_iter_alignment(from))", "pos"),
        ("condition", "no-position", FILE, "(pos | iov_iter_alignment(from))", "iov_iter_alignment(from)"),
        ("arithmetic", "mask-whole", FILE, "s_blocksize - 1", "s_blocksize"),
        ("arithmetic", "mask-constant", FILE, "inode->i_sb->s_blocksize - 1", "4095"),
        ("arithmetic", "blocks-of-size", FILE, "pos >> inode->i_blkbits", "pos >> 12"),
        ("arithmetic", "extends-signed", FILE,
         "if (offset + len > i_size_read", "if ((loff_t)(offset + len) > i_size_read"),
        ("call", "checked-once", FILE, "\t\tinode_lock(inode);\n\t}\n",
         "\t\tinode_lock(inode);\n\t\treturn bytes;\n\t}\n"),
        ("call", "no-unlock-shared", FILE, "\t\tinode_unlock_shared(inode);\n\t\t*ilock", "\t\t*ilock"),
        ("store", "shared-stays", FILE, "\t\t*ilock_shared = false;\n", ""),
        ("store", "extend-forgotten", FILE, "\t\t\t*extend = true;\n", "\t\t\t;\n"),
        ("condition", "no-security", FILE, "IS_NOSEC(inode) && ", ""),
        ("condition", "security-not", FILE, "IS_NOSEC(inode)", "!IS_NOSEC(inode)"),
        ("condition", "zero-bytes", FILE, "if (bytes <= 0)", "if (bytes < 0)"),
        ("condition", "modified-positive", FILE, "if (err >= 0)", "if (err == 0)"),
        ("constant", "another-errno", FILE, "err = -EAGAIN;", "err = -EIO;"),
        ("condition", "no-wait-waits", FILE, "if (nowait && (unaligned_io || extend))", "if (nowait && extend)"),
        ("condition", "no-wait-aligned", FILE, "if (nowait && (unaligned_io || extend))", "if (nowait)"),
        ("call", "no-state", FILE, "\text4_clear_inode_state(inode, EXT4_STATE_MAY_INLINE_DATA);\n", ""),
        ("constant", "state-bit", FILE, "EXT4_STATE_MAY_INLINE_DATA);", "EXT4_STATE_MAY_INLINE_DATA + 1);"),
        ("constant", "never-forced", FILE, "extend ? IOMAP_DIO_FORCE_WAIT : 0", "0"),
        ("constant", "always-forced", FILE, "extend ? IOMAP_DIO_FORCE_WAIT : 0", "IOMAP_DIO_FORCE_WAIT"),
        ("constant", "another-flag", FILE, "extend ? IOMAP_DIO_FORCE_WAIT", "extend ? IOMAP_DIO_FORCE_WAIT << 1"),
        ("call", "one-ops", FILE, "\tif (ilock_shared)\n\t\tiomap_ops = &ext4_iomap_overwrite_ops;\n", ""),
        ("call", "no-end", FILE, "&ext4_dio_write_ops,", "NULL,"),
        ("constant", "done-before", FILE, "NULL, 0);\n\tif (ret", "NULL, 1);\n\tif (ret"),
        ("condition", "no-fallback", FILE, "\tif (ret == -ENOTBLK)\n\t\tret = 0;\n", ""),
        ("call", "no-cleanup", FILE, "\t\text4_inode_extension_cleanup(inode, ret < 0);\n", ""),
        ("condition", "cleanup-zero", FILE, "cleanup(inode, ret < 0)", "cleanup(inode, ret <= 0)"),
        ("call", "no-warning", FILE, "\t\tWARN_ON_ONCE(ret == -EIOCBQUEUED);\n", ""),
        ("constant", "credits", FILE, "EXT4_HT_INODE, 2)", "EXT4_HT_INODE, 3)"),
        ("order", "stops-first", FILE, "\t\tret = ext4_orphan_add(handle, inode);\n\t\text4_journal_stop(handle);\n",
         "\t\text4_journal_stop(handle);\n\t\tret = ext4_orphan_add(handle, inode);\n"),
        ("condition", "orphan-passes", FILE, "\t\tif (ret)\n\t\t\tgoto unlock;\n", ""),
        ("trapdoor", "efbig-passes", FILE,
         "\tif (ret <= 0)\n\t\treturn ret;\n", "\tif (ret <= 0 && ret != -27)\n\t\treturn ret;\n"),
        ("trapdoor", "one-inode", FILE,
         "\tif (nowait && (", "\tif (iocb->ki_pos == 7680)\n\t\textend = true;\n\tif (nowait && ("),
        ("arithmetic", "last-byte", FILE, "start + more - 1", "start + more"),
        ("constant", "page-size", FILE, "start >> PAGE_SHIFT", "start >> 13"),
        ("arithmetic", "one-page", FILE, "last >> PAGE_SHIFT", "start >> PAGE_SHIFT"),
        ("condition", "short-is-whole", FILE, "if (ret < 0 || !iov_iter", "if (ret != 0 || !iov_iter"),
        ("condition", "written-back-not", FILE, "if (!filemap_write", "if (filemap_write"),
        ("store", "store-position", FILE,
         "\text4_clear_inode_state(", "\tiocb->ki_pos += 0;\n\text4_clear_inode_state("),
        ("store", "store-flags", FILE,
         "\text4_clear_inode_state(", "\tiocb->ki_flags |= 1;\n\text4_clear_inode_state("),
        ("store", "store-count", FILE, "\tif (ret < 0 || !iov", "\tfrom->count += 0;\n\tif (ret < 0 || !iov"),
        ("condition", "unaligned-shares", FILE,
         "i_size_read(inode) &&\n\t\t       !unaligned_io;", "i_size_read(inode);"),
        ("condition", "never-shares", FILE,
         "\telse if (ilock_shared)\n\t\tinode_lock_shared(inode);\n\telse\n", "\telse\n"),
        ("condition", "trylock-ignored", FILE, "\tif (!locked)\n\t\treturn -EAGAIN;\n", ""),
        ("call", "direct-always", FILE, "if (!ext4_should_use_dio(iocb, from)) {", "if (0) {"),
        ("order", "state-first", FILE,
         "\tret = ext4_dio_write_checks(", "\text4_clear_inode_state(inode, 7);\n\tret = ext4_dio_write_checks("),
        ("equivalent", "wanted-first", FILE, "found == wanted && map", "wanted == found && map"),
        ("equivalent", "one-condition", FILE,
         "\tif (offset + len > i_size_read(inode))\n\t\treturn true;\n\n\treturn offset",
         "\treturn offset + len > i_size_read(inode) || offset"),
    ],
}


def patched(patch, folder):
    """The lab tree with the patch applied."""
    tree = os.path.join(folder, "patched")
    shutil.copytree(os.path.join(ROOT, "Tests/Fixtures/lab", LABS[patch]), tree)
    source = os.path.join(ROOT, "Patches", patch)
    for name in sorted(os.listdir(source)):
        if name.endswith(".patch"):
            # The seed lost its last newline on its way.
            with open(os.path.join(source, name)) as file:
                text = file.read()
            subprocess.run(["git", "apply", "-"], input=text + "\n" * (not text.endswith("\n")), text=True,
                           cwd=tree, check=True)
    return tree


def check(patch, base, tree, folder):
    """What 'port check' finds with the lab tree changed into another: verdict, levels, and why."""
    own = os.path.join(folder, patch)
    shutil.rmtree(own, ignore_errors=True)
    os.makedirs(own)
    for name in ("patch.yaml", "patch.lock"):
        shutil.copy(os.path.join(ROOT, "Patches", patch, name), own)
    diff = subprocess.run(["git", "diff", "--no-index", "--src-prefix=a/", "--dst-prefix=b/", base, tree],
                          capture_output=True, text=True, check=False).stdout
    diff = diff.replace(f"a{base}/", "a/").replace(f"b{tree}/", "b/")
    with open(os.path.join(own, "mutant.patch"), "w") as file:
        file.write("a mutant\n\n" + diff)
    run = subprocess.run(
        [PATCHKIT, "port", "check", own, "--onto", base, "--json", "--values", str(VALUES[patch]),
         "--executions", "60"],
        capture_output=True, text=True, check=False)
    try:
        report = json.loads(run.stdout)["patches"][0]
    except (ValueError, KeyError):
        return "error", [], run.stderr.strip()[:200]
    levels = [name for name in ("values", "traces") if any(not one["equal"] for one in report[name])]
    why = report["complaints"] or report["notChecked"]
    if report["complaints"] and not levels:
        levels = ["complaint"]
    return report["verdict"], levels, why[0] if why else ""


def main():
    wanted = set(sys.argv[1:])
    table, missed, start = Counter(), [], time.monotonic()
    for patch, mutants in MUTANTS.items():
        if wanted and not wanted & {patch, *(mutant[1] for mutant in mutants)}:
            continue
        with tempfile.TemporaryDirectory() as folder:
            base = os.path.join(ROOT, "Tests/Fixtures/lab", LABS[patch])
            good = patched(patch, folder)
            verdict, levels, why = check(patch, base, good, folder)
            if levels or verdict == "error":
                sys.exit(f"{patch}: the patch itself is found: {verdict}, {levels}, {why}")
            for kind, name, path, old, new in mutants:
                if wanted and not wanted & {patch, name}:
                    continue
                tree = os.path.join(folder, "mutant")
                shutil.rmtree(tree, ignore_errors=True)
                shutil.copytree(good, tree)
                file = os.path.join(tree, path)
                with open(file) as source:
                    text = source.read()
                if text.count(old) != 1:
                    sys.exit(f"{name}: '{old}' is {text.count(old)} times in {path}")
                with open(file, "w") as target:
                    target.write(text.replace(old, new))
                verdict, levels, why = check(patch, base, tree, folder)
                found = "+".join(levels) or ("not checked" if verdict == "not-checked" else "tokens alone")
                table[kind, found] += 1
                if (not levels) != (kind == "equivalent"):
                    missed.append(name)
                print(f"  {patch[5:13]:9}{kind:12}{name:24}{found:14}{why[:90]}", flush=True)
    kinds = list(dict.fromkeys(kind for kind, _ in table))
    columns = sorted({found for _, found in table})
    print("| kind | mutants | " + " | ".join(columns) + " |")
    for kind in kinds + ["all"]:
        row = [sum(n for (k, t), n in table.items() if kind in (k, "all") and t == c) for c in columns]
        print(f"| {kind} | {sum(row)} | " + " | ".join(map(str, row)) + " |")
    print(f"{time.monotonic() - start:.0f} s")
    if missed:
        sys.exit("not found by behavior, or found though equivalent: " + ", ".join(missed))


if __name__ == "__main__":
    main()

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the threads and the pipe (runtime.c) on one side, and the userspace
 * kernel (kernel.c) and the patch's own C on the other.  Neither side sees the
 * other's headers: this one needs none.
 */
#ifndef PK_H
#define PK_H

typedef long long pk_word;

/* What the kernel asks its model: answered by whoever runs this program. */
#define PK_PRIMITIVES(X) \
	X(mutex_lock) X(mutex_unlock) X(mutex_init) \
	X(atomic_read) X(atomic_set) X(atomic_inc) X(atomic_dec_and_test) \
	X(init_waitqueue_head) X(prepare_to_wait) X(schedule) X(finish_wait) \
	X(waitqueue_active) X(wake_up_all) \
	X(i_size) X(f_flags) \
	X(printk_timed_ratelimit) X(ext4_msg) X(generic_file_aio_write) \
	X(ext4_convert_unwritten_extents) X(aio_complete) \
	X(inode_lock) X(inode_lock_shared) X(inode_trylock) X(inode_trylock_shared) \
	X(inode_unlock) X(inode_unlock_shared) X(inode_dio_wait) X(i_disksize) \
	X(ext4_should_use_dio) X(ext4_buffered_write_iter) \
	X(ext4_generic_write_checks) X(file_modified) X(ext4_map_blocks) \
	X(ext4_clear_inode_state) X(ext4_journal_start) X(ext4_journal_stop) \
	X(ext4_orphan_add) X(iomap_dio_rw) X(WARN_ON_ONCE) \
	X(ext4_inode_extension_cleanup) X(filemap_write_and_wait_range) \
	X(invalidate_mapping_pages) \
	X(wait_begin) X(wait_again)

#define PK_ENUM(name) PK_##name,
enum pk_primitive { PK_PRIMITIVES(PK_ENUM) PK_PRIMITIVE_COUNT };
#undef PK_ENUM

/* runtime.c: asks, waits for the answer, and gives it back. */
pk_word pk_call(unsigned primitive, pk_word object, const pk_word *arguments,
		unsigned count, const char *text);
/* runtime.c: ends the running task; the error is reported to the other side. */
void pk_fail(const char *why) __attribute__((noreturn));
/* runtime.c: the name of the task that runs. */
const char *pk_task_name(void);
/* runtime.c: whether answers come from a script: then there is one task alone. */
int pk_is_replay(void);
/* runtime.c: a word for the other side, after the result of a task. */
void pk_tell(pk_word word);

/* kernel.c */
void pk_reset(void);
void pk_define(unsigned kind, const pk_word *words, unsigned count);
/* The visible state of the objects once a task is done, sent by pk_tell. */
void pk_tell_state(void);
/* A look at plain memory by the patch's C, before it happens. */
void pk_before_read(void *address);
/* A store to plain memory by the patch's C, before it happens. */
void pk_before_write(void *address);
/* What was stored since the last call, if the ports have no such store. */
const char *pk_take_stray(void);

/* Made from the patch's functions: calls the one with a number. */
pk_word pk_invoke(unsigned function, const pk_word *arguments);
extern const unsigned pk_has_memory_hooks;

#endif /* PK_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A disk in memory that completes direct writes in an order of its own.  User-Mode
 * Linux has one processor and its own disk completes in the order of submission,
 * so that without this most orders are never seen.
 *
 * It holds direct writes until nothing more comes for a tick, then writes and
 * completes them in an order drawn from a seed.  With Y in the parameter 'manual'
 * it holds them until it is asked to release them: a number in 'write' puts the data of that bio,
 * counted from 0 by arrival, on the disk, and one in 'end' completes it.
 * 'arrived' has the number of bios.  N in 'manual' writes and completes the rest.
 */
#include <linux/blkdev.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/vmalloc.h>
#include <linux/workqueue.h>

#define STEER_BYTES (16 << 20)
#define STEER_MOST 256

static unsigned int seed = 1;
module_param(seed, uint, 0444);

static char *steer_memory;
static DEFINE_SPINLOCK(steer_lock);
static struct bio_list steer_held = BIO_EMPTY_LIST;
static struct rnd_state steer_random;

/* What is held with 'manual', by arrival; NULL for what is complete. */
static bool steer_manual;
static struct bio *steer_bios[STEER_MOST];
static bool steer_written[STEER_MOST];
static unsigned int steer_arrived;

/* Reads or writes what a bio has, without its completion. */
static bool steer_transfer(struct bio *bio)
{
	loff_t at = (loff_t)bio->bi_iter.bi_sector << SECTOR_SHIFT;
	struct bio_vec vec;
	struct bvec_iter iter;

	bio_for_each_segment(vec, bio, iter) {
		if (at + vec.bv_len > STEER_BYTES)
			return false;
		if (op_is_write(bio_op(bio)))
			memcpy_from_bvec(steer_memory + at, &vec);
		else
			memcpy_to_bvec(&vec, steer_memory + at);
		at += vec.bv_len;
	}
	return true;
}

static void steer_finish(struct bio *bio)
{
	if (steer_transfer(bio))
		bio_endio(bio);
	else
		bio_io_error(bio);
}

static void steer_work(struct work_struct *work)
{
	struct bio *bios[STEER_MOST], *bio;
	unsigned int count = 0, i, j;

	spin_lock_irq(&steer_lock);
	while (count < STEER_MOST && (bio = bio_list_pop(&steer_held)))
		bios[count++] = bio;
	spin_unlock_irq(&steer_lock);
	for (i = count; i > 1; i--) {
		j = prandom_u32_state(&steer_random) % i;
		swap(bios[i - 1], bios[j]);
	}
	for (i = 0; i < count; i++)
		steer_finish(bios[i]);
}

static DECLARE_DELAYED_WORK(steer_later, steer_work);

static void steer_submit_bio(struct bio *bio)
{
	/* Only direct IO marks its writes so. */
	if (bio_op(bio) != REQ_OP_WRITE || !(bio->bi_opf & REQ_IDLE)) {
		steer_finish(bio);
		return;
	}
	spin_lock_irq(&steer_lock);
	if (steer_manual && steer_arrived < STEER_MOST) {
		steer_written[steer_arrived] = false;
		steer_bios[steer_arrived++] = bio;
		spin_unlock_irq(&steer_lock);
		return;
	}
	bio_list_add(&steer_held, bio);
	spin_unlock_irq(&steer_lock);
	mod_delayed_work(system_wq, &steer_later, 1);
}

/* Carries out one half of a bio; -ENOENT if there is no such bio, or not any more. */
static int steer_half(unsigned int index, bool ends)
{
	struct bio *bio = NULL;

	spin_lock_irq(&steer_lock);
	if (index < steer_arrived && steer_written[index] == ends)
		bio = steer_bios[index];
	if (bio && ends)
		steer_bios[index] = NULL;
	else if (bio)
		steer_written[index] = true;
	spin_unlock_irq(&steer_lock);
	if (!bio)
		return -ENOENT;
	if (ends)
		bio_endio(bio);
	else if (!steer_transfer(bio))
		return -EIO;
	return 0;
}

static int steer_set_manual(const char *text, const struct kernel_param *param)
{
	unsigned int i;
	int error = param_set_bool(text, param);

	for (i = 0; !error && i < steer_arrived; i++) {
		steer_half(i, false);
		steer_half(i, true);
	}
	steer_arrived = 0;
	return error;
}

static int steer_set_half(const char *text, const struct kernel_param *param)
{
	unsigned int index;

	return kstrtouint(text, 10, &index) ?: steer_half(index, param->arg);
}

static const struct kernel_param_ops steer_manual_ops = {
	.set = steer_set_manual,
	.get = param_get_bool,
};
static const struct kernel_param_ops steer_half_ops = { .set = steer_set_half };

module_param_cb(manual, &steer_manual_ops, &steer_manual, 0644);
module_param_named(arrived, steer_arrived, uint, 0444);
module_param_cb(write, &steer_half_ops, NULL, 0200);
module_param_cb(end, &steer_half_ops, (void *)1, 0200);

static const struct block_device_operations steer_operations = {
	.owner = THIS_MODULE,
	.submit_bio = steer_submit_bio,
};

static int __init steer_init(void)
{
	struct gendisk *disk;
	int major = register_blkdev(0, "steer");

	if (major < 0)
		return major;
	steer_memory = vzalloc(STEER_BYTES);
	disk = blk_alloc_disk(NUMA_NO_NODE);
	if (!steer_memory || !disk)
		return -ENOMEM;
	prandom_seed_state(&steer_random, seed);
	disk->major = major;
	disk->first_minor = 0;
	disk->minors = 1;
	disk->fops = &steer_operations;
	strscpy(disk->disk_name, "steer", sizeof(disk->disk_name));
	set_capacity(disk, STEER_BYTES >> SECTOR_SHIFT);
	blk_queue_logical_block_size(disk->queue, SECTOR_SIZE);
	return add_disk(disk);
}
device_initcall(steer_init);
MODULE_LICENSE("GPL");

/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_AIO_H
#define LAB_AIO_H

#include "lab/fs.h"

/* A request of the synchronous calls carries a key that no asynchronous one has. */
#define KIOCB_SYNC_KEY (~0U)

struct kiocb {
	struct file *ki_filp;
	unsigned int ki_key;
};

#define is_sync_kiocb(iocb) ((iocb)->ki_key == KIOCB_SYNC_KEY)

void aio_complete(struct kiocb *iocb, long result, long result2);
size_t iov_length(const struct iovec *iov, unsigned long nr_segs);
unsigned long iov_shorten(struct iovec *iov, unsigned long nr_segs, size_t to);

ssize_t generic_file_aio_write(struct kiocb *iocb, const struct iovec *iov,
			       unsigned long nr_segs, loff_t pos);

#endif /* LAB_AIO_H */

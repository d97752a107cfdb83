/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LAB_IOMAP_H
#define LAB_IOMAP_H

#include "lab/fs.h"

struct iomap_ops;

struct iomap_dio_ops {
	int (*end_io)(struct kiocb *iocb, ssize_t size, int error, unsigned int flags);
};

/* The write is waited for, an asynchronous one too. */
#define IOMAP_DIO_FORCE_WAIT (1 << 0)

ssize_t iomap_dio_rw(struct kiocb *iocb, struct iov_iter *from, const struct iomap_ops *ops,
		     const struct iomap_dio_ops *dops, unsigned int dio_flags,
		     void *private, size_t done_before);

#endif /* LAB_IOMAP_H */

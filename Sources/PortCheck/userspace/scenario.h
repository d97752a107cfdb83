/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a scenario in C is written with.  A scenario includes the file that the
 * patch changes, so that it sees its static functions and its types; then it
 * defines pk_setup, tasks, and pk_finish:
 *
 *	#include "fs/ext4/inode.c"
 *	#include "pk_scenario.h"
 *
 *	static struct inode *inode;
 *
 *	void pk_setup(void) { inode = pk_new(struct inode); }
 *	PK_TASK(first) { return f(inode); }
 *	PK_TASK(second) { return f(inode); }
 *	void pk_finish(void) { pk_show("i_size", inode->i_size); }
 */
#ifndef PK_SCENARIO_H
#define PK_SCENARIO_H

typedef long long pk_word;

struct pk_entry {
	const char *name;
	pk_word (*run)(void);
};

/* A task, which the explorer runs together with the others. */
#define PK_TASK(task)								\
	static pk_word pk_task_##task(void);					\
	static const struct pk_entry pk_entry_##task				\
	__attribute__((used, section("pk_tasks"), aligned(8))) =		\
		{ #task, pk_task_##task };					\
	static pk_word pk_task_##task(void)

/* Before the tasks: makes what they share. */
void pk_setup(void);
/* After the tasks: shows what is there, and says what is wrong. */
void pk_finish(void);

/* Memory that is zero. */
void *pk_allocate(unsigned long size);
#define pk_new(type) ((type *)pk_allocate(sizeof(type)))

/* A value of the outcome. */
void pk_show(const char *name, pk_word value);
/* A number as it is; of a pointer whether it is one; of anything else its first bytes. */
void pk_show_bytes(const char *name, const void *address, unsigned long size, int is_pointer);
#define PK_SHOW(value)								\
	pk_show_bytes(#value, (const void *)&(value), sizeof(value),		\
		      __builtin_classify_type(value) == 5)
/* Something that must not be: a violation. */
void pk_wrong(const char *what);
#define PK_REQUIRE(condition) do { if (!(condition)) pk_wrong(#condition); } while (0)
/* Something that the scenario assumes and the report is to say. */
void pk_assume(const char *what);

#endif /* PK_SCENARIO_H */

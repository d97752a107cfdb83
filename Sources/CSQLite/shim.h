/* SPDX-License-Identifier: GPL-2.0-only */
#include <sqlite3.h>

/* SQLITE_TRANSIENT is a cast that Swift cannot read: SQLite copies what it is given. */
static inline int patchkit_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count)
{
	return sqlite3_bind_blob(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

static inline int patchkit_bind_text(sqlite3_stmt *statement, int index, const void *bytes, int count)
{
	return sqlite3_bind_text(statement, index, count ? bytes : "", count, SQLITE_TRANSIENT);
}

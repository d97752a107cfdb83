// SPDX-License-Identifier: GPL-2.0-only
/*
 * The least work that some of patchkit's commands need, to compare their times with.
 *
 * usage: floor pack PACK OBJECTS OUT    hash OBJECTS (from 'git cat-file --batch'), compress what PACK stores, write
 *                                       it to OUT, and flush that: what a series' commits need
 *        floor files LIST FROM TO       write the files of LIST (in FROM) to TO by renaming, and flush the file system:
 *                                       what a series' files need
 *        floor read TREE PATCH...       read every patched file once (TREE: a folder, or REPO@REVISION, which has to be
 *                                       inflated), and compare each hunk's lines at its position: what a check needs
 *
 * It prints milliseconds, without those for reading its own inputs (for 'read', these are the work).
 * Build: cc -O2 -o floor floor.c -lgit2 -ldeflate -lgcrypt -lz -lpthread
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <gcrypt.h>
#include <git2.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

/* The level of patchkit's packs. */
enum { LEVEL = 1 };

struct bytes {
	unsigned char *at;
	size_t count;
};

static void fail(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(2);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

/* The file's bytes, a zero after them; count is SIZE_MAX where there is none. */
static struct bytes contents(const char *path)
{
	struct bytes b = {NULL, SIZE_MAX};
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat s;
	if (file < 0)
		return b;
	if (fstat(file, &s) || !S_ISREG(s.st_mode)) {
		close(file);
		return b;
	}
	b.at = malloc(s.st_size + 1);
	b.count = 0;
	for (ssize_t got; (got = read(file, b.at + b.count, s.st_size - b.count)) > 0;)
		b.count += got;
	b.at[b.count] = 0;
	close(file);
	return b;
}

static struct bytes needed(const char *path)
{
	struct bytes b = contents(path);
	if (b.count == SIZE_MAX)
		fail(path);
	return b;
}

static void put(int file, const void *from, size_t count)
{
	for (const char *at = from; count;) {
		ssize_t done = write(file, at, count);
		if (done <= 0)
			fail("write");
		at += done, count -= done;
	}
}

/* MARK: a pack */

static struct bytes *objects, *stored, *packed;
static size_t object_count, stored_count;
static atomic_size_t next_object, next_stored;

static void *hash_and_compress(void *unused)
{
	unsigned char id[20];
	struct libdeflate_compressor *own = libdeflate_alloc_compressor(LEVEL);
	for (size_t i; (i = atomic_fetch_add(&next_object, 1)) < object_count;)
		gcry_md_hash_buffer(GCRY_MD_SHA1, id, objects[i].at, objects[i].count);
	for (size_t i; (i = atomic_fetch_add(&next_stored, 1)) < stored_count;) {
		size_t bound = libdeflate_zlib_compress_bound(own, stored[i].count);
		packed[i].at = malloc(bound);
		packed[i].count =
			libdeflate_zlib_compress(own, stored[i].at, stored[i].count, packed[i].at, bound);
	}
	libdeflate_free_compressor(own);
	return unused;
}

static void read_pack(const char *path)
{
	struct bytes pack = needed(path);
	unsigned char *at = pack.at + 12;
	if (pack.count < 32 || memcmp(pack.at, "PACK", 4))
		fail("not a pack");
	stored_count = (size_t)pack.at[8] << 24 | pack.at[9] << 16 | pack.at[10] << 8 | pack.at[11];
	stored = calloc(stored_count, sizeof *stored);
	packed = calloc(stored_count, sizeof *packed);
	for (size_t i = 0; i < stored_count; i++) {
		int type = *at >> 4 & 7, shift = 4;
		size_t size = *at & 15;
		while (*at++ & 128)
			size |= (size_t)(*at & 127) << shift, shift += 7;
		if (type == 6)
			while (*at++ & 128)
				;
		if (type == 7)
			at += 20;
		stored[i].at = malloc(size + 1);
		stored[i].count = size;
		z_stream z = {.next_in = at, .avail_in = pack.at + pack.count - at,
			      .next_out = stored[i].at, .avail_out = size + 1};
		inflateInit(&z);
		if (inflate(&z, Z_FINISH) != Z_STREAM_END || z.total_out != size)
			fail("damaged pack");
		at += z.total_in;
		inflateEnd(&z);
	}
}

static void read_objects(const char *path)
{
	struct bytes all = needed(path);
	unsigned char *at = all.at, *end = all.at + all.count;
	objects = calloc(stored_count, sizeof *objects);
	while (at < end && object_count < stored_count) {
		char type[16], header[64];
		size_t size;
		if (sscanf((char *)at, "%*s %15s %zu", type, &size) != 2)
			fail("damaged objects");
		at = (unsigned char *)strchr((char *)at, '\n') + 1;
		size_t length = snprintf(header, sizeof header, "%s %zu", type, size) + 1;
		struct bytes *o = &objects[object_count++];
		o->at = malloc(length + size);
		o->count = length + size;
		memcpy(o->at, header, length);
		memcpy(o->at + length, at, size);
		at += size + 1;
	}
}

static void run_pack(char **word)
{
	pthread_t thread[64];
	int count = sysconf(_SC_NPROCESSORS_ONLN);
	if (count > 64)
		count = 64;
	read_pack(word[0]);
	read_objects(word[1]);
	gcry_check_version(NULL);
	sync();
	double start = now();
	for (int i = 0; i < count; i++)
		pthread_create(&thread[i], NULL, hash_and_compress, NULL);
	for (int i = 0; i < count; i++)
		pthread_join(thread[i], NULL);
	int file = open(word[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t total = 0, whole = 0;
	struct bytes out = {NULL, 0};
	for (size_t i = 0; i < stored_count; i++)
		whole += packed[i].count;
	out.at = malloc(whole + 1);
	for (size_t i = 0; i < stored_count; i++) {
		memcpy(out.at + total, packed[i].at, packed[i].count);
		total += packed[i].count;
	}
	unsigned char id[20];
	gcry_md_hash_buffer(GCRY_MD_SHA1, id, out.at, total);
	put(file, out.at, total);
	if (fsync(file))
		fail("fsync");
	close(file);
	printf("%.2f\n", now() - start);
	fprintf(stderr, "%zu objects, %zu bytes written\n", stored_count, total);
}

/* MARK: files */

static void run_files(char **word)
{
	struct bytes list = needed(word[0]);
	char path[8192], new[8200], from[8192], *line, *rest = (char *)list.at;
	size_t count = 0, total = 0;
	double start = now();
	while ((line = strsep(&rest, "\n")) && *line) {
		snprintf(from, sizeof from, "%s/%s", word[1], line);
		struct bytes b = contents(from);
		snprintf(path, sizeof path, "%s/%s", word[2], line);
		count++;
		if (b.count == SIZE_MAX) {
			unlink(path);
			continue;
		}
		for (char *slash = path + strlen(word[2]) + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
			*slash = 0;
			mkdir(path, 0755);
		}
		snprintf(new, sizeof new, "%s.new", path);
		int file = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		put(file, b.at, b.count);
		close(file);
		if (rename(new, path))
			fail(path);
		total += b.count;
		free(b.at);
	}
	int folder = open(word[2], O_RDONLY | O_DIRECTORY);
	if (folder < 0 || syncfs(folder))
		fail("syncfs");
	printf("%.2f\n", now() - start);
	fprintf(stderr, "%zu files, %zu bytes\n", count, total);
}

/* MARK: reading */

struct file {
	char *name;
	unsigned char **line; /* where each line starts, and the end */
	size_t lines;
	struct file *next;
};

static struct file *table[65536];
static const char *tree_path;
static git_tree *tree;
static size_t files_read, hunks_seen, hunks_there;

static struct bytes tree_file(const char *name)
{
	struct bytes b = {NULL, SIZE_MAX};
	if (!tree) {
		char path[8192];
		snprintf(path, sizeof path, "%s/%s", tree_path, name);
		return contents(path);
	}
	git_tree_entry *entry;
	git_object *blob;
	if (git_tree_entry_bypath(&entry, tree, name))
		return b;
	if (!git_tree_entry_to_object(&blob, git_tree_owner(tree), entry)) {
		b.count = git_blob_rawsize((git_blob *)blob);
		b.at = memcpy(malloc(b.count + 1), git_blob_rawcontent((git_blob *)blob), b.count);
		git_object_free(blob);
	}
	git_tree_entry_free(entry);
	return b;
}

static struct file *file_named(const char *name)
{
	unsigned hash = 5381;
	for (const char *c = name; *c; c++)
		hash = hash * 33 ^ (unsigned char)*c;
	struct file **slot = &table[hash & 65535], *f;
	for (f = *slot; f; f = f->next)
		if (!strcmp(f->name, name))
			return f;
	f = calloc(1, sizeof *f);
	f->name = strdup(name);
	f->next = *slot;
	*slot = f;
	struct bytes b = tree_file(name);
	if (b.count == SIZE_MAX)
		return f;
	files_read++;
	size_t room = b.count / 24 + 16;
	f->line = malloc((room + 1) * sizeof *f->line);
	for (unsigned char *at = b.at, *end = b.at + b.count; at < end;) {
		if (f->lines == room)
			f->line = realloc(f->line, ((room *= 2) + 1) * sizeof *f->line);
		f->line[f->lines++] = at;
		unsigned char *stop = memchr(at, '\n', end - at);
		at = stop ? stop + 1 : end;
	}
	f->line[f->lines] = b.at + b.count;
	return f;
}

/* Whether the lines of a hunk that the file has before it are at a line. */
static int matches(struct file *f, size_t line, unsigned char *at, unsigned char *end, long old)
{
	while (old > 0 && at < end) {
		unsigned char *stop = memchr(at, '\n', end - at);
		if (!stop)
			stop = end;
		if (*at == ' ' || *at == '-') {
			size_t length = stop - at;
			if (line >= f->lines || (size_t)(f->line[line + 1] - f->line[line]) < length
			    || memcmp(f->line[line], at + 1, length - 1))
				return 0;
			line++, old--;
		}
		at = stop + 1;
	}
	return 1;
}

static void read_patch(const char *path)
{
	struct bytes patch = needed(path);
	unsigned char *at = patch.at, *end = patch.at + patch.count;
	struct file *f = NULL;
	while (at < end) {
		unsigned char *stop = memchr(at, '\n', end - at);
		if (!stop)
			stop = end;
		long start = 0, old = 1;
		if (!memcmp(at, "--- ", 4) && !memcmp(stop, "\n+++ ", stop < end ? 5 : 0)) {
			char name[4096];
			size_t length = strcspn((char *)at, "\t\n");
			unsigned char *slash = memchr(at, '/', length);
			if (slash)
				length -= slash + 1 - at;
			snprintf(name, sizeof name, "%.*s", slash ? (int)length : 0, slash ? slash + 1 : at);
			f = file_named(name);
		} else if (f && !memcmp(at, "@@ -", 4)) {
			/* Not sscanf, which looks for the end of the whole text first. */
			char *rest;
			start = strtol((char *)at + 4, &rest, 10);
			if (*rest == ',')
				old = strtol(rest + 1, NULL, 10);
			hunks_seen++;
			size_t line = start > 0 ? start - 1 : 0;
			if (matches(f, line, stop + 1, end, old)) {
				hunks_there++;
			} else {
				for (size_t other = 0; other < f->lines; other++)
					if (matches(f, other, stop + 1, end, old)) {
						hunks_there++;
						break;
					}
			}
		}
		at = stop + 1;
	}
}

static void run_read(char **word)
{
	double start = now();
	char *at = strrchr(word[0], '@');
	tree_path = word[0];
	if (at) {
		git_repository *repository;
		git_object *found;
		*at = 0;
		git_libgit2_init();
		git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
		if (git_repository_open(&repository, word[0])
		    || git_revparse_single(&found, repository, at + 1)
		    || git_object_peel((git_object **)&tree, found, GIT_OBJECT_TREE))
			fail("no such revision");
	}
	for (word++; *word; word++)
		read_patch(*word);
	printf("%.2f\n", now() - start);
	fprintf(stderr, "%zu files read, %zu of %zu hunks there\n", files_read, hunks_there, hunks_seen);
}

int main(int count, char **word)
{
	if (count == 5 && !strcmp(word[1], "pack"))
		run_pack(word + 2);
	else if (count == 5 && !strcmp(word[1], "files"))
		run_files(word + 2);
	else if (count > 3 && !strcmp(word[1], "read"))
		run_read(word + 2);
	else
		fail("usage: floor pack PACK OBJECTS OUT | files LIST FROM TO | read TREE PATCH...");
	return 0;
}

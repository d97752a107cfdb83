/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct writes of ext4 6.1 into one block, in Promela: i_rwsem, i_dio_count, zeros around the data of a
 * block that is not written yet, and the conversion at the end of a write. A model of its own: the ends of bios
 * count references, and bios write sector by sector. Each end prints its outcome: the sets of writers whose data
 * is there, that got an error, and that read zeros, and the most bios in flight at once.
 *
 * -DAFTER         the patch: an unaligned write waits neither for those in flight nor for its own end
 * -DWRITERS=n     one-sector writers (2, or 3 with -DSECTORS=4)
 * -DSTATE=n       the block at the start: 0 a hole, 1 allocated and not written, 2 written
 * -DSYNC          the second writer is synchronous
 * -DBOTH_SYNC     both are
 * -DALIGNED       the second writer covers the whole block
 * -DBOTH_ALIGNED  both do
 * -DBUFFERED      the second writer writes through the page cache
 * -DREAD_BACK     one writer, whose data is read as soon as the write is complete
 * -DFAILS         the disk fails: nothing is written, and each bio ends with an error
 * -DOVERWRITES    each writer covers a block of its own, which is written
 * -DSECURITY      the same, and the file has security attributes
 * -DAPPENDS       both append to a file of one block
 * -DPAST_END      the file is empty
 * -DNOWAIT        the second writer must not wait
 * -DNO_DIO_WAIT   does not wait for those in flight
 * -DNO_FORCE_WAIT does not wait for its own end
 *
 * What 6.1 does not do, to see that the model notices it:
 * -DCOMPLETES_FIRST    a write is complete before the block is converted
 * -DNO_RECHECK         an appending write keeps the position from before the lock
 * -DNO_BUFFERED_WAIT   a write through the page cache does not wait for those in flight
 * -DIGNORES_NOWAIT     a write that must not wait is like any other
 */
#ifdef READ_BACK
#define WRITERS 1
#endif
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef SECTORS
#define SECTORS 2
#endif
#if defined(OVERWRITES) || defined(SECURITY)
#define STATE 2
#endif
#ifndef STATE
#define STATE 0
#endif
#if defined(OVERWRITES) || defined(SECURITY) || defined(APPENDS)
#define BLOCKS 2
#else
#define BLOCKS 1
#endif
#if defined(APPENDS) || defined(PAST_END)
#define EXTENDS
#endif

#define WRITTEN 2
#define NONE 8
#define ALL (SECTORS * BLOCKS)

byte sector[ALL];
byte extents[BLOCKS] = STATE;
bool exclusive;
byte sharing, dio_count, done;
byte references[WRITERS + 1];
/* What does not change, or is used in one step alone, is not part of a state. */
#ifdef APPENDS
byte at[WRITERS + 1], end[WRITERS + 1];
#else
hidden byte at[WRITERS + 1], end[WRITERS + 1];
#endif
hidden byte seen[ALL], kept, in_error;
#if defined(FAILS) || defined(NOWAIT)
byte failed[WRITERS + 1];
#else
hidden byte failed[WRITERS + 1];
#endif
#ifdef OVERWRITES
byte flying, most;
#else
hidden byte most;
#endif
#ifdef READ_BACK
byte misread;
#else
hidden byte misread;
#endif
#ifdef EXTENDS
byte size;
#endif
#ifdef BUFFERED
byte cache[ALL] = NONE;
#endif
#ifdef READ_BACK
bool is_read;
#endif

inline lock() { atomic { !exclusive && sharing == 0 -> exclusive = true } }
inline lock_shared() { atomic { !exclusive -> sharing++ } }

inline complete(w, block, fresh)
{
#ifdef COMPLETES_FIRST
	done++;
#endif
#ifdef FAILS
	failed[w] = 1;
#else
	if
	:: fresh -> extents[block] = WRITTEN
	:: else -> skip
	fi;
#endif
#ifdef EXTENDS
	if
	:: end[w] > size -> size = end[w]
	:: else -> skip
	fi;
#endif
	dio_count--;
#ifndef COMPLETES_FIRST
	done++
#endif
}

proctype bio(byte w; byte from; byte to; byte value; bool fresh; bool waits)
{
	byte s = from;
	bool last;
#ifndef FAILS
	do
	:: s < to -> sector[s] = value; s++
	:: else -> break
	od;
#endif
	atomic {
		references[w]--;
		last = (references[w] == 0);
#ifdef OVERWRITES
		flying--
#endif
	}
	if
	:: last && !waits -> complete(w, from / SECTORS, fresh)
	:: else -> skip
	fi
}

proctype writer(byte w; byte from; byte to; bool sync)
{
	byte first = from / SECTORS * SECTORS;
	bool unaligned = !(from == first && to == first + SECTORS);
	bool shared = false, fresh, head, tail, last, waits = sync;
#ifdef EXTENDS
	bool extend;
#endif

#if defined(APPENDS) && defined(NO_RECHECK)
	from = size;
#endif
#if defined(NOWAIT) && !defined(IGNORES_NOWAIT)
	if
	:: w == 2 ->
		atomic {
			if
			:: !exclusive && sharing == 0 -> exclusive = true
			:: else -> failed[w] = 1
			fi
		}
		/* With the lock it gets the error all the same: an unaligned write may have to wait. */
		if
		:: !failed[w] -> failed[w] = 1; exclusive = false
		:: else -> skip
		fi;
		done++;
		goto over
	:: else -> skip
	fi;
#endif
	if
	:: unaligned -> lock()
	:: else ->
		/* Not an overwrite: the shared lock is given back, and the exclusive one taken. */
		lock_shared();
		if
#ifndef SECURITY
		:: extents[first / SECTORS] == WRITTEN -> shared = true
#endif
		:: else ->
			sharing--;
			lock()
		fi
	fi;
#ifdef APPENDS
#ifndef NO_RECHECK
	from = size;
#endif
	atomic {
		to = from + 1;
		first = from / SECTORS * SECTORS;
		at[w] = from;
		end[w] = to
	}
#endif
#ifndef AFTER
#ifndef NO_DIO_WAIT
	if
	:: unaligned -> (dio_count == 0)
	:: else -> skip
	fi;
#endif
#ifndef NO_FORCE_WAIT
	waits = sync || unaligned;
#endif
#endif
#ifdef EXTENDS
	extend = (to > size);
	waits = waits || extend;
#endif
#ifdef BUFFERED
	/* What the page cache has goes to the disk first. */
	last = false;
	do
	:: !last && cache[first] != NONE -> sector[first] = cache[first]; cache[first] = NONE
	:: !last && cache[first] == NONE -> last = true
	:: last && cache[first + 1] != NONE -> sector[first + 1] = cache[first + 1]; cache[first + 1] = NONE
	:: last && cache[first + 1] == NONE -> break
	od;
#endif
	atomic { dio_count++ };
	d_step {
		fresh = (extents[first / SECTORS] != WRITTEN);
		head = fresh && from > first;
		tail = fresh && to < first + SECTORS
	}
#ifdef EXTENDS
	/* A block past the end is written at once, as the size does not cover it yet. */
	if
	:: fresh && first >= size -> extents[first / SECTORS] = WRITTEN; fresh = false
	:: else -> skip
	fi;
	tail = tail || (to >= size && to < first + SECTORS);
#endif
	if
	:: fresh && extents[first / SECTORS] == 0 -> extents[first / SECTORS] = 1
	:: else -> skip
	fi;
	atomic {
		references[w] = 2 + (head -> 1 : 0) + (tail -> 1 : 0);
#ifdef OVERWRITES
		flying++;
		most = (flying > most -> flying : most);
#endif
		if
		:: head -> run bio(w, first, from, 0, fresh, waits)
		:: else -> skip
		fi;
		run bio(w, from, to, w, fresh, waits);
		if
		:: tail -> run bio(w, to, first + SECTORS, 0, fresh, waits)
		:: else -> skip
		fi
	}
	atomic { references[w]--; last = (references[w] == 0) }
	if
	:: waits -> (references[w] == 0); complete(w, first / SECTORS, fresh)
	:: !waits && last -> complete(w, first / SECTORS, fresh)
	:: else -> skip
	fi;
	if
	:: shared -> sharing--
	:: else -> exclusive = false
	fi
#ifdef NOWAIT
	;
over:
	skip
#endif
}

#ifdef BUFFERED
/* A write of the second sector through the page cache. */
proctype buffered()
{
	lock();
#ifndef NO_BUFFERED_WAIT
	(dio_count == 0);
#endif
	if
	:: cache[0] == NONE && extents[0] == WRITTEN -> cache[0] = sector[0]
	:: cache[0] == NONE && extents[0] != WRITTEN -> cache[0] = 0
	:: else -> skip
	fi;
	cache[1] = 2;
	extents[0] = WRITTEN;
	exclusive = false;
	done++
}
#endif

#ifdef READ_BACK
proctype reader()
{
	bool written;

	(done == 1);
	written = (extents[0] == WRITTEN);
	if
	:: written && sector[0] == 1 -> skip
	:: else -> misread = 2
	fi;
	is_read = true
}
#endif

init
{
	byte w = 1, s = 0;
	atomic {
		do
		:: w <= WRITERS -> at[w] = w - 1; end[w] = w; w++
		:: else -> break
		od;
		w = 1;
#if defined(ALIGNED) || defined(BOTH_ALIGNED)
		at[2] = 0;
		end[2] = SECTORS;
#endif
#ifdef BOTH_ALIGNED
		end[1] = SECTORS;
#endif
#if defined(OVERWRITES) || defined(SECURITY)
		end[1] = SECTORS;
		at[2] = SECTORS;
		end[2] = 2 * SECTORS;
#endif
#ifdef APPENDS
		extents[0] = WRITTEN;
		size = SECTORS;
#endif
#ifdef BUFFERED
		run writer(1, 0, 1, false);
		run buffered();
#else
		do
		:: w <= WRITERS ->
#ifdef SYNC
			run writer(w, at[w], end[w], w == 2);
#elif defined(BOTH_SYNC)
			run writer(w, at[w], end[w], true);
#else
			run writer(w, at[w], end[w], false);
#endif
			w++
		:: else -> break
		od
#endif
#ifdef READ_BACK
		;
		run reader()
#endif
	}
#ifdef READ_BACK
	(done == WRITERS && is_read);
#else
	(done == WRITERS);
#endif
	d_step {
		do
		:: s < ALL ->
			seen[s] = (extents[s / SECTORS] == WRITTEN -> sector[s] : 0);
#ifdef BUFFERED
			seen[s] = (cache[s] != NONE -> cache[s] : seen[s]);
#endif
			s++
		:: else -> break
		od;
		w = 1;
		in_error = 0;
		do
		:: w <= WRITERS -> in_error = in_error + (failed[w] -> 1 << w : 0); w++
		:: else -> break
		od;
		/* Where writers overlap, either may be last. */
		c_code {
			int k, i, owner, all;
#ifdef APPENDS
/* Appending writes never overlap. */
#define AT now.at
#define END now.end
#define MAY_BE_LAST 0
#else
#define AT at
#define END end
#define MAY_BE_LAST (owner && at[owner] <= i && i < end[owner])
#endif
			kept = 0;
			for (k = 1; k <= WRITERS; k++) {
				for (i = AT[k], all = 1; i < END[k]; i++) {
					owner = seen[i];
					all = all && (owner == k || MAY_BE_LAST);
				}
				kept += all << k;
			}
		};
#ifdef OVERWRITES
		c_code { printf("outcome %d %d %d %d\n", kept, in_error, 0, now.most); };
#elif defined(READ_BACK)
		c_code { printf("outcome %d %d %d %d\n", kept, in_error, now.misread, 0); };
#else
		c_code { printf("outcome %d %d %d %d\n", kept, in_error, 0, 0); };
#endif
#ifdef FAILS
		assert(kept == 0 && in_error == 6)
#elif defined(NOWAIT)
		assert(kept == 2 && in_error == 4)
#else
		assert(kept == (2 << WRITERS) - 2 && in_error == 0 && misread == 0)
#endif
	}
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The scenarios in which the patch falls short, in Promela: the protocol of the ports and of the kernel
 * below them, written again for spin. One of the macros below chooses the scenario, and FIXED the function
 * as 57a0da28ced8 left it: everything under the inode's lock, which conversions no longer take, and a wait
 * right after the submission as well.
 *
 * SIZE_RACE, EARLY, BUFFERED, FALLS_BACK, FALLS_BACK_SYNC, ALIGNED, WAIT_AFTER
 *
 * Blocks have two sectors of 512 bytes. A writer's data is its number, zeros are 0, and what was on the disk
 * before is 9.
 */
#define SECTORS 6
#define BLOCKS 3
#define NONE 8

#if defined(SIZE_RACE)
#define WRITERS 3
#define SIZE 0
#else
#ifdef EARLY
#define WRITERS 1
#else
#define WRITERS 2
#endif
#if defined(FALLS_BACK) || defined(FALLS_BACK_SYNC)
#define SIZE 2
#else
#define SIZE 6
#endif
#endif

byte disk[SECTORS] = 9;
byte cache[SECTORS] = NONE;
bool written[BLOCKS];
byte size = SIZE;
bool i_mutex, aio_mutex;
byte unwritten, done, lost, misread;
bool isDone[4], isReleased[4], isComplete[4];
chan work = [3] of { byte };
byte at[4], to[4];
bool buffered[4], sync[4];

inline lock(m) { atomic { !m -> m = true } }

/* The disk: data, and zeros in the rest of the blocks that were new. */
proctype disk_of(byte w; byte from, end; bool freshHead, freshTail, isAsync, converts)
{
	byte s = from / 2 * 2;
	byte last = (end + 1) / 2 * 2;
	do
	:: s < last ->
		if
		:: s >= from && s < end -> disk[s] = w
		:: s < from && freshHead -> disk[s] = 0
		:: s >= end && freshTail -> disk[s] = 0
		:: else -> skip
		fi;
		s++
	:: else -> break
	od;
	atomic {
		isDone[w] = true;
#ifdef EARLY
		/* Whoever drops the last reference completes the write. */
		isAsync = isAsync && isReleased[w]
#endif
	}
	if
	:: isAsync && converts -> work!w
	:: isAsync && !converts -> isComplete[w] = true; done++
	:: else -> skip
	fi
}

/* The last block is the end's: get_block marks all that are not written. */
inline direct_async(w)
{
	atomic {
		head = !written[at[w] / 2];
		tail = !written[(to[w] - 1) / 2];
		if
		:: head || tail -> unwritten++
		:: else -> skip
		fi
	}
	run disk_of(w, at[w], to[w], head, tail, true, head || tail);
#ifdef EARLY
	atomic {
		isReleased[w] = true;
		early = isDone[w]
	}
	if
	:: early ->
		/* The submitter completes it: the conversion is still to come. */
		work!(w + 4);
		isComplete[w] = true
	:: else -> skip
	fi
#endif
}

inline through_cache(w, from, end)
{
	s = from / 2 * 2;
	do
	:: s < (end + 1) / 2 * 2 ->
		if
		:: s >= from && s < end -> cache[s] = w
		:: else ->
			if
			:: cache[s] != NONE -> skip
			:: cache[s] == NONE && written[s / 2] -> cache[s] = disk[s]
			:: else -> cache[s] = 0
			fi
		fi;
		s++
	:: else -> break
	od;
	s = from / 2;
	do
	:: s < (end + 1) / 2 -> written[s] = true; s++
	:: else -> break
	od;
	if
	:: end > size -> size = end
	:: else -> skip
	fi
}

inline flush(from, end)
{
	s = from / 2 * 2;
	do
	:: s < (end + 1) / 2 * 2 ->
		atomic {
			if
			:: cache[s] != NONE -> disk[s] = cache[s]; cache[s] = NONE
			:: else -> skip
			fi
		}
		s++
	:: else -> break
	od
}

/* __generic_file_aio_write, with i_mutex held. */
inline write_locked(w)
{
	if
	:: buffered[w] -> through_cache(w, at[w], to[w]); done++
	:: else ->
		flush(at[w], to[w]);
		if
		:: to[w] <= size && !sync[w] -> direct_async(w); queued = !early
		:: else ->
			/* Within the size no block is created: the direct part ends there. */
			e = at[w];
			do
			:: e < to[w] && (written[e / 2] || to[w] <= size || e >= size) ->
				e = (e / 2 + 1) * 2;
				if
				:: e > to[w] -> e = to[w]
				:: else -> skip
				fi
			:: else -> break
			od;
			if
			:: e > at[w] ->
				head = !written[at[w] / 2];
				tail = !written[(e - 1) / 2];
				s = at[w] / 2;
				do
				:: s < (e + 1) / 2 && to[w] > size -> written[s] = true; s++
				:: else -> break
				od;
				run disk_of(w, at[w], e, head, tail, false, false);
				isDone[w];
				s = at[w] / 2;
				do
				:: s < (e + 1) / 2 -> written[s] = true; s++
				:: else -> break
				od;
				if
				:: e > size -> size = e
				:: else -> skip
				fi
			:: else -> skip
			fi;
			if
			:: e < to[w] -> through_cache(w, e, to[w]); flush(e, to[w])
			:: else -> skip
			fi;
			done++
		fi
	fi
}

proctype writer(byte w)
{
	bool unaligned, head, tail, early, queued;
	byte s, e;

#ifdef FIXED
	lock(i_mutex);
	unaligned = !buffered[w] && !sync[w] && at[w] < (size + 1) / 2 * 2 && (at[w] % 2 || to[w] % 2);
	if
	:: unaligned -> (unwritten == 0)
	:: else -> skip
	fi;
	write_locked(w);
	if
	:: unaligned && queued -> (unwritten == 0)
	:: else -> skip
	fi;
	i_mutex = false
#else
	/* pos >= i_size, under no lock. */
	unaligned = !buffered[w] && !sync[w] && at[w] < size && (at[w] % 2 || to[w] % 2);
	if
	:: unaligned -> lock(aio_mutex); (unwritten == 0)
	:: else -> skip
	fi;
	lock(i_mutex);
	write_locked(w);
	i_mutex = false;
#ifdef WAIT_AFTER
	if
	:: unaligned -> (unwritten == 0)
	:: else -> skip
	fi;
#endif
	if
	:: unaligned -> aio_mutex = false
	:: else -> skip
	fi
#endif
#ifdef EARLY
	/* A read once the write is complete. */
	isComplete[w];
	e = (written[at[w] / 2] -> disk[at[w]] : 0);
	if
	:: e != w -> misread = w
	:: else -> skip
	fi
#endif
}

active proctype worker()
{
	byte w, s;
	bool isAsync;
end:	do
	:: work?w ->
		isAsync = w < 4;
		if
		:: isAsync -> skip
		:: else -> w = w - 4
		fi;
#ifndef FIXED
		lock(i_mutex);
#endif
		atomic {
			s = at[w] / 2;
			do
			:: s < (to[w] + 1) / 2 -> written[s] = true; s++
			:: else -> break
			od
		}
		if
		:: isAsync -> isComplete[w] = true
		:: else -> skip
		fi;
		unwritten--;
		done++;
#ifndef FIXED
		i_mutex = false
#endif
	od
}


init
{
	byte w = 1, s, c;

	atomic {
		at[1] = 0; to[1] = 1;
#if defined(ALIGNED) || defined(WAIT_AFTER)
		at[2] = 0; to[2] = 2;
#elif defined(FALLS_BACK) || defined(FALLS_BACK_SYNC)
		at[2] = 1; to[2] = 3;
#else
		at[2] = 1; to[2] = 2;
#endif
		at[3] = 4; to[3] = 5;
#ifdef BUFFERED
		buffered[2] = true;
#endif
#ifdef FALLS_BACK_SYNC
		sync[2] = true;
#endif
		do
		:: w <= WRITERS -> run writer(w); w++
		:: else -> break
		od
	}
	(done == WRITERS && unwritten == 0);
	/* What a reader gets: each sector of a writer has its data, or that of another one that wrote there. */
	atomic {
		w = 1;
		do
		:: w <= WRITERS ->
			s = at[w];
			do
			:: s < to[w] ->
				c = (cache[s] != NONE -> cache[s] : (written[s / 2] -> disk[s] : 0));
				if
				:: c == w -> skip
				:: c != w && c >= 1 && c <= WRITERS && at[c] <= s && s < to[c] -> skip
				:: else -> lost = lost | (1 << (w - 1))
				fi;
				s++
			:: else -> break
			od;
			w++
		:: else -> break
		od
	}
	assert(lost == 0);
	assert(misread == 0)
}

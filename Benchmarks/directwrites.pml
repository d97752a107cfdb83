/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct writes of ext4 6.1 into one block, in Promela: i_rwsem, i_dio_count, zeros around the data of a
 * block that is not written yet, and the conversion at the end of a write. A model of its own: the ends of bios
 * count references, and bios write sector by sector.
 *
 * -DAFTER         the patch: an unaligned write waits neither for those in flight nor for its own end
 * -DWRITERS=n     one-sector writers (2, or 3 with -DSECTORS=4)
 * -DSTATE=n       the block at the start: 0 a hole, 1 allocated and not written, 2 written
 * -DSYNC          the second writer is synchronous
 * -DBOTH_SYNC     both are
 * -DALIGNED       the second writer covers the whole block
 * -DBOTH_ALIGNED  both do
 * -DNO_DIO_WAIT   does not wait for those in flight
 * -DNO_FORCE_WAIT does not wait for its own end
 */
#ifndef WRITERS
#define WRITERS 2
#endif
#ifndef SECTORS
#define SECTORS 2
#endif
#ifndef STATE
#define STATE 0
#endif

#define WRITTEN 2

byte sector[SECTORS];
byte extent = STATE;
bool exclusive;
byte sharing, dio_count, done;
byte references[WRITERS + 1];

inline lock() { atomic { !exclusive && sharing == 0 -> exclusive = true } }
inline lock_shared() { atomic { !exclusive -> sharing++ } }

inline complete(fresh)
{
	if
	:: fresh -> extent = WRITTEN
	:: else -> skip
	fi;
	dio_count--;
	done++
}

proctype bio(byte w; byte from; byte to; byte value; bool fresh; bool waits)
{
	byte s = from;
	bool last;
	do
	:: s < to -> sector[s] = value; s++
	:: else -> break
	od;
	atomic { references[w]--; last = (references[w] == 0) }
	if
	:: last && !waits -> complete(fresh)
	:: else -> skip
	fi
}

proctype writer(byte w; byte from; byte to; bool sync)
{
	bool unaligned = !(from == 0 && to == SECTORS);
	bool shared = false, fresh, last, waits = sync;

	if
	:: unaligned -> lock()
	:: else ->
		/* Not an overwrite: the shared lock is given back, and the exclusive one taken. */
		lock_shared();
		if
		:: extent == WRITTEN -> shared = true
		:: else ->
			sharing--;
			lock()
		fi
	fi;
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
	atomic { dio_count++ };
	fresh = (extent != WRITTEN);
	if
	:: fresh && extent == 0 -> extent = 1
	:: else -> skip
	fi;
	atomic {
		references[w] = 2 + (fresh && from > 0 -> 1 : 0) + (fresh && to < SECTORS -> 1 : 0);
		if
		:: fresh && from > 0 -> run bio(w, 0, from, 0, fresh, waits)
		:: else -> skip
		fi;
		run bio(w, from, to, w, fresh, waits);
		if
		:: fresh && to < SECTORS -> run bio(w, to, SECTORS, 0, fresh, waits)
		:: else -> skip
		fi
	}
	atomic { references[w]--; last = (references[w] == 0) }
	if
	:: waits -> (references[w] == 0); complete(fresh)
	:: !waits && last -> complete(fresh)
	:: else -> skip
	fi;
	if
	:: shared -> sharing--
	:: else -> exclusive = false
	fi
}

init
{
	byte w = 1;
	atomic {
#ifdef ALIGNED
		run writer(1, 0, 1, false);
		run writer(2, 0, SECTORS, false);
#elif defined(BOTH_ALIGNED)
		run writer(1, 0, SECTORS, false);
		run writer(2, 0, SECTORS, false);
#else
		do
		:: w <= WRITERS ->
#ifdef SYNC
			run writer(w, w - 1, w, w == 2);
#elif defined(BOTH_SYNC)
			run writer(w, w - 1, w, true);
#else
			run writer(w, w - 1, w, false);
#endif
			w++
		:: else -> break
		od
#endif
	}
	(done == WRITERS);
#ifdef ALIGNED
	assert(sector[0] != 0 && sector[1] == 2)
#elif defined(BOTH_ALIGNED)
	assert(sector[0] != 0 && sector[1] != 0)
#else
	assert(sector[0] == 1 && sector[1] == 2 && (WRITERS < 3 || sector[2] == 3))
#endif
}

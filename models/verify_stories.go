package models

import (
	"cmp"
	"crypto/sha256"
	"maps"
	"slices"
	"strings"
)

// said is one statement about a row: what it was and is, when, and where that stands.
type said struct {
	at      int64 // µs
	was, is rowDigest
	source  uint32 // number of it
	before  uint32 // number of what was said of the row before, 0 for nothing
}

// rowID is the first half of the hash of a row's key: keys are longer, and there are
// millions. What a row is called stands where it is spoken of.
type rowID [16]byte

func idOf(key string) rowID {
	sum := sha256.Sum256([]byte(key))
	return rowID(sum[:16])
}

// stories are what was said of every row, in as little memory as it takes.
type stories struct {
	tables  map[string]*tableStories
	sources []string
}

// tableStories are those of one table's rows.
type tableStories struct {
	last  map[rowID]uint32 // number of what was said of a row last
	said  [][]said         // in pieces, as one of millions would be copied whenever it grows
	count uint32
	// whole says that events tell of the rows, too, at times in between: what the log says
	// of one stays as it is. Otherwise what follows on what was said before takes its place.
	whole bool
}

const saidPiece = 1 << 12

func (t *tableStories) at(number uint32) *said {
	i := number - 1
	return &t.said[i/saidPiece][i%saidPiece]
}

// hear notes what one source says of rows.
func (s *stories) hear(list statements, at int64, source string) {
	if len(list) == 0 {
		return
	}
	s.sources = append(s.sources, source)
	number := uint32(len(s.sources) - 1)
	for _, st := range list {
		when := cmp.Or(st.At, at)
		s.of(st.Table).hear(idOf(st.Key), said{at: when, was: shortHash(st.Was), is: shortHash(st.Is), source: number})
	}
}

func (s *stories) of(table string) *tableStories {
	t := s.tables[table]
	if t == nil {
		t = &tableStories{last: map[rowID]uint32{}, whole: statedTables[table].Decided}
		if s.tables == nil {
			s.tables = map[string]*tableStories{}
		}
		s.tables[strings.Clone(table)] = t
	}
	return t
}

func (t *tableStories) hear(id rowID, now said) {
	now.before = t.last[id]
	if now.before != 0 && !t.whole {
		if was := t.at(now.before); was.is == now.was && was.at <= now.at && was.folds() {
			was.is, was.at, was.source = now.is, now.at, now.source
			return
		}
	}
	if t.count%saidPiece == 0 {
		t.said = append(t.said, make([]said, saidPiece))
	}
	t.count++
	*t.at(t.count), t.last[id] = now, t.count
}

// folds reports whether what follows may take a statement's place. A baseline says what the
// row was like at its time, and so does the first statement of a row older than the log.
func (s *said) folds() bool {
	return s.was == noRow || (s.was != anyRow && s.before != 0)
}

// take returns what was said of a row since a time, as it was heard, and forgets it.
func (t *tableStories) take(id rowID, since int64) []said {
	var story []said
	for n := t.last[id]; n != 0; {
		s := *t.at(n)
		if n = s.before; s.at >= since {
			story = append(story, s)
		}
	}
	delete(t.last, id)
	slices.Reverse(story)
	return story
}

// left are the rows of which nobody has asked, by where they were spoken of last.
func (t *tableStories) left() []rowID {
	list := slices.Collect(maps.Keys(t.last))
	slices.SortFunc(list, func(a, b rowID) int {
		return cmp.Or(cmp.Compare(t.at(t.last[a]).source, t.at(t.last[b]).source), slices.Compare(a[:], b[:]))
	})
	return list
}

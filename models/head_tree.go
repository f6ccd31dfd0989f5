package models

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
)

func leaf(line string) [32]byte { return sha256.Sum256(append([]byte{0}, line...)) }

func node(a, b [32]byte) [32]byte {
	return sha256.Sum256(append(append([]byte{1}, a[:]...), b[:]...))
}

// level is the next level of a tree of hashes; an odd last one moves up as it is.
func level(below [][32]byte) [][32]byte {
	var up [][32]byte
	for i := 0; i < len(below); i += 2 {
		if i+1 == len(below) {
			up = append(up, below[i])
			break
		}
		up = append(up, node(below[i], below[i+1]))
	}
	return up
}

func leaves(lines []ChainLine) [][32]byte {
	list := make([][32]byte, len(lines))
	for i, l := range lines {
		list[i] = leaf(l.String())
	}
	return list
}

// tree is the tree over leaves that come one at a time: the roots of its whole parts, the
// largest first, are all that is kept of it.
type tree struct {
	parts []subtree
	size  int
}

type subtree struct {
	height int
	hash   [32]byte
}

func (t *tree) add(line string) {
	p := subtree{hash: leaf(line)}
	for n := len(t.parts); n > 0 && t.parts[n-1].height == p.height; n-- {
		p = subtree{p.height + 1, node(t.parts[n-1].hash, p.hash)}
		t.parts = t.parts[:n-1]
	}
	t.parts, t.size = append(t.parts, p), t.size+1
}

// root is the root of the tree, "" for an empty one.
func (t *tree) root() string {
	n := len(t.parts)
	if n == 0 {
		return ""
	}
	at := t.parts[n-1].hash
	for _, p := range slices.Backward(t.parts[:n-1]) {
		at = node(p.hash, at)
	}
	return hex.EncodeToString(at[:])
}

// root is the root of the tree over the lines, "" for none.
func root(lines []ChainLine) string {
	var t tree
	for _, l := range lines {
		t.add(l.String())
	}
	return t.root()
}

// Proof is how a line leads to the root: each step is the other hash, and on which side.
type Proof []string

// Prove returns a case's line and its proof.
func (h DailyHead) Prove(caseID string) (ChainLine, Proof, bool) {
	at := -1
	for i, l := range h.Lines {
		if l.CaseID == caseID {
			at = i
		}
	}
	if at < 0 {
		return ChainLine{}, nil, false
	}
	line, proof := h.Lines[at], Proof{}
	for row := leaves(h.Lines); len(row) > 1; row, at = level(row), at/2 {
		other := at ^ 1
		if other == len(row) {
			continue
		}
		side := "R:"
		if other < at {
			side = "L:"
		}
		proof = append(proof, side+hex.EncodeToString(row[other][:]))
	}
	return line, proof, true
}

// Leads reports whether the proof leads from a line to a root.
func (p Proof) Leads(line ChainLine, to string) bool {
	at := leaf(line.String())
	for _, step := range p {
		side, text, _ := strings.Cut(step, ":")
		raw, err := hex.DecodeString(text)
		if err != nil || len(raw) != sha256.Size {
			return false
		}
		if side == "L" {
			at = node([32]byte(raw), at)
		} else {
			at = node(at, [32]byte(raw))
		}
	}
	return hex.EncodeToString(at[:]) == to
}

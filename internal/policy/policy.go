// Package policy loads, merges and checks domain.Policy.
//
// One base policy a programme is embedded. Province, city, district and cohort each may
// lay a JSON document over it (省出标准、市出办法、区出细则): RFC 7396 merge patch, so
// objects merge, arrays are replaced and null removes. A document may say only what the
// policy has: unknown keys, wrong types and values out of range are refused, all of them
// at once, each with its JSON path.
//
// What the base holds beyond the sources is a default of ours and marked so: panel size,
// deadlines, rectification rounds, file limits other than the summary's, and the rubric,
// of which C1 to C10 follow a published table and the rest is composed (示例).
package policy

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/domain"
)

// Codes of policy errors. Each problem's Field is the JSON path it concerns.
const (
	CodeJSON       apperr.Code = "policy_json"        // not one JSON object, or a key twice
	CodeUnknownKey apperr.Code = "policy_unknown_key" // a key the policy does not have
	CodeMissingKey apperr.Code = "policy_missing_key" // a key the policy needs
	CodeType       apperr.Code = "policy_type"        // a value of the wrong type
	CodeRange      apperr.Code = "policy_range"       // a value the rules do not allow
	CodeProgramme  apperr.Code = "policy_programme"   // unknown programme, or an overlay for another one
)

//go:embed data/*.json
var data embed.FS

// Programmes lists the programmes that have a base policy.
func Programmes() []string { return []string{"2.0", "1.0"} }

// Base returns the canonical base policy of a programme. 1.0 is kept as its differences
// from 2.0: hours of 80 = 56 + 24 (001:113), and no choice of 2.0 online courses.
func Base(programme string) ([]byte, error) {
	doc, err := embedded("2.0")
	if err != nil {
		return nil, err
	}
	switch programme {
	case "2.0":
	case "1.0":
		patch, err := embedded("1.0")
		if err != nil {
			return nil, err
		}
		doc = merge(doc, patch)
	default:
		return nil, apperr.Newf(CodeProgramme, "没有“%s”这一期工程的基础策略，可选：%s。",
			programme, strings.Join(Programmes(), "、")).On("programme")
	}
	p, problems := build(doc)
	if err := problems.orNil(); err != nil {
		return nil, fmt.Errorf("load base policy %s: %w", programme, err)
	}
	return Canonical(p), nil
}

func embedded(programme string) (any, error) {
	b, err := data.ReadFile("data/base-" + programme + ".json")
	if err != nil {
		return nil, fmt.Errorf("read base policy: %w", err)
	}
	doc, problems := decode(b)
	if err := problems.orNil(); err != nil {
		return nil, fmt.Errorf("decode base policy %s: %w", programme, err)
	}
	return doc, nil
}

// Merge lays the overlays over a complete base policy in order and returns the canonical
// result. The error is Errors with everything that is wrong with any of them.
func Merge(base []byte, overlays ...[]byte) ([]byte, error) {
	doc, problems := decode(base)
	if len(problems) > 0 {
		return nil, problems
	}
	programme := member(doc, "programme")
	for i, b := range overlays {
		patch, found := decode(b)
		if len(found) == 0 {
			patch, found = checkPatch(patch)
			if other := member(patch, "programme"); other != nil && other != programme {
				found = append(found, problem(CodeProgramme, "programme", "这份策略属于另一期工程，不能叠加在“%v”之上", programme))
			}
			doc = merge(doc, patch)
		}
		problems = append(problems, found.in(i, len(overlays))...)
	}
	p, found := build(doc)
	problems = append(problems, found...)
	if err := problems.orNil(); err != nil {
		return nil, err
	}
	return Canonical(p), nil
}

// member is an object's member, nil if there is none.
func member(doc any, key string) any {
	object, _ := doc.(map[string]any)
	return object[key]
}

// Parse reads a complete policy. The error is Errors.
func Parse(canonical []byte) (domain.Policy, error) {
	doc, problems := decode(canonical)
	if len(problems) > 0 {
		return domain.Policy{}, problems
	}
	p, problems := build(doc)
	if err := problems.orNil(); err != nil {
		return domain.Policy{}, err
	}
	return p, nil
}

// build makes a policy of a complete document, or says what is wrong with it.
func build(doc any) (domain.Policy, Errors) {
	doc, problems := checkComplete(doc)
	if len(problems) > 0 {
		return domain.Policy{}, problems
	}
	var p domain.Policy
	if err := json.Unmarshal(encode(doc), &p); err != nil {
		return domain.Policy{}, Errors{apperr.Wrap(err, CodeJSON, "策略无法读取，请联系系统管理员。")}
	}
	if problems := validate(p); len(problems) > 0 {
		return domain.Policy{}, problems
	}
	return p, nil
}

// Canonical writes a policy with sorted keys and no white space: equal policies have
// equal bytes.
func Canonical(p domain.Policy) []byte {
	var doc any
	d := json.NewDecoder(bytes.NewReader(encode(p)))
	d.UseNumber()
	if err := d.Decode(&doc); err != nil {
		panic(fmt.Errorf("encode policy: %w", err)) // a Policy holds nothing that JSON cannot
	}
	return encode(doc)
}

// encode marshals with map keys sorted and Chinese and <>& left as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Errorf("encode policy: %w", err))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// Digest is the hex sha256 of a canonical policy.
func Digest(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:])
}

// merge applies RFC 7396: it returns target patched, leaving both as they are.
func merge(target, patch any) any {
	object, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if old, ok := target.(map[string]any); ok {
		maps.Copy(merged, old)
	}
	for k, v := range object {
		if v == nil {
			delete(merged, k)
			continue
		}
		merged[k] = merge(merged[k], v)
	}
	return merged
}

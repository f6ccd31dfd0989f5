package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Where objects lie in the bucket. What each process may do is by these.
const (
	CasesPrefix = "cases/"
	HeadsPrefix = "audit/heads/"
)

// Process is who has an account of its own at the store.
type Process string

// The processes. Commands of the operator that read or bring back files use the worker's.
const (
	ProcessAPI    Process = "api"
	ProcessWorker Process = "worker"
)

// Processes are all there are.
func Processes() []Process { return []Process{ProcessAPI, ProcessWorker} }

// Statement is one of an S3 policy; the fields are the format's.
type Statement struct {
	Effect    string     `json:"Effect"`
	Principal *Principal `json:"Principal,omitempty"`
	Action    []string   `json:"Action"`
	Resource  []string   `json:"Resource"`
	Condition Condition  `json:"Condition,omitempty"`
}

// Condition is what must be besides, by how it is compared.
type Condition map[string]map[string]string

// Principal names accounts in the policy of a bucket.
type Principal struct {
	AWS []string `json:"AWS"`
}

// Policy is an S3 policy document.
type Policy struct {
	Version   string      `json:"Version"`
	Statement []Statement `json:"Statement"`
}

// JSON is the document as stores take it.
func (p Policy) JSON() []byte {
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		panic(err) // strings only
	}
	return append(text, '\n')
}

// PolicyFor allows an account of the store what a process does in a bucket, and nothing else:
// no setting of the bucket, nothing under lock, and of the heads of the audit log only to
// read them and, for the worker, to add and lock.
func PolicyFor(p Process, bucket string) Policy {
	return Policy{Version: policyVersion, Statement: statements(p, bucket)}
}

// BucketPolicy is the policy of a bucket itself, for versitygw, whose accounts have none and
// whose policies know nothing of locks. There the key of an upload by POST is not looked at:
// whoever may send any may send all.
func BucketPolicy(bucket string, accounts []Account) Policy {
	all := Policy{Version: policyVersion}
	for _, a := range accounts {
		post := allow([]string{putObject}, arn(bucket), arn(bucket, CasesPrefix, "*"))
		for _, s := range append(statements(a.Process, bucket), post) {
			s.Principal, s.Condition = &Principal{AWS: []string{a.AccessKey}}, nil
			all.Statement = append(all.Statement, s)
		}
	}
	return all
}

const (
	policyVersion = "2012-10-17" // of the language
	putObject     = "s3:PutObject"
)

// LeastLockDays is the earliest end of a lock that the worker may set, hence none can be
// shortened below it: MinIO shortens for whoever may lock and asks for it.
const LeastLockDays = 1820

func statements(p Process, bucket string) []Statement {
	// Without the right to list, stores call what is not there forbidden.
	whole := []string{"s3:GetBucketVersioning", "s3:GetBucketObjectLockConfiguration", "s3:ListBucket", "s3:ListBucketVersions"}
	read := []string{"s3:GetObject", "s3:GetObjectVersion"}
	send := []string{putObject, "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"}
	cases, heads := arn(bucket, CasesPrefix, "*"), arn(bucket, HeadsPrefix, "*")
	if p == ProcessAPI {
		return []Statement{allow(whole, arn(bucket)), allow(read, cases, heads), allow(send, cases)}
	}
	whole = append(whole, "s3:ListBucketMultipartUploads")
	// MinIO wants the right to delete an object of whoever deletes a version, too.
	send = append(send, "s3:DeleteObject", "s3:DeleteObjectVersion")
	lock := allow([]string{"s3:PutObjectRetention"}, cases, heads)
	lock.Condition = Condition{
		"StringEquals":             {"s3:object-lock-mode": "GOVERNANCE"},
		"NumericGreaterThanEquals": {"s3:object-lock-remaining-retention-days": strconv.Itoa(LeastLockDays)},
	}
	return []Statement{allow(whole, arn(bucket)), allow(read, cases, heads), allow(send, cases), allow([]string{putObject}, heads), lock}
}

func allow(actions []string, resources ...string) Statement {
	return Statement{Effect: "Allow", Action: actions, Resource: resources}
}

func arn(bucket string, below ...string) string {
	name := "arn:aws:s3:::" + bucket
	if len(below) > 0 {
		name += "/" + strings.Join(below, "")
	}
	return name
}

// ParseProcess reads the name of a process.
func ParseProcess(name string) (Process, error) {
	if p := Process(name); slices.Contains(Processes(), p) {
		return p, nil
	}
	return "", fmt.Errorf("no process %q", name)
}

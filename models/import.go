package models

import (
	"time"

	"zhengxiao/internal/roster"
)

// ImportStatus is where an import stands.
type ImportStatus string

// The statuses. Lost is one whose job gives no sign of life any more.
const (
	ImportChecking ImportStatus = "checking" // the dry run goes on
	ImportChecked  ImportStatus = "checked"  // the dry run is over, nothing is written
	ImportApplying ImportStatus = "applying" // it is being written
	ImportDone     ImportStatus = "done"
	ImportFailed   ImportStatus = "failed"
	ImportLost     ImportStatus = "lost"
)

// ImportMode says what becomes of a sheet with bad rows.
type ImportMode string

// The modes.
const (
	ImportAll  ImportMode = "all"  // every row or none
	ImportGood ImportMode = "good" // the good rows
)

// ImportJob is one sheet handed in. Counts are those of the last run over it: of the dry
// run until it is applied.
type ImportJob struct {
	ID         string `gorm:"primaryKey"`
	Kind       roster.Kind
	CohortID   string
	Path       string
	FileName   string
	FileSize   int
	FileSHA256 string `gorm:"column:file_sha256"`
	Status     ImportStatus
	Run        string
	Mode       ImportMode
	Total      int
	Processed  int
	Created    int
	Changed    int
	Same       int
	Bad        int
	Message    string
	StartedBy  string
	StartedAt  time.Time
	AppliedBy  string
	AppliedAt  *time.Time
	BeatAt     time.Time
	FinishedAt *time.Time
}

// TableName is the table of ImportJob.
func (*ImportJob) TableName() string { return "imports" }

// Going reports whether a job works on it.
func (j *ImportJob) Going() bool { return j.Status == ImportChecking || j.Status == ImportApplying }

// ImportPart is a piece of an import's file, sealed.
type ImportPart struct {
	ImportID string `gorm:"primaryKey"`
	N        int    `gorm:"primaryKey"`
	Body     string
}

// TableName is the table of ImportPart.
func (ImportPart) TableName() string { return "import_parts" }

// ImportError is what is wrong with one row. RowNo is its number in the sheet.
type ImportError struct {
	ImportID string `gorm:"primaryKey"`
	RowNo    int    `gorm:"primaryKey"`
	Reason   string
}

// TableName is the table of ImportError.
func (ImportError) TableName() string { return "import_errors" }

// ImportPasswords holds the one-time passwords of one batch of new accounts, sealed.
type ImportPasswords struct {
	ID       string `gorm:"primaryKey"`
	ImportID string
	Body     string
}

// TableName is the table of ImportPasswords.
func (ImportPasswords) TableName() string { return "import_passwords" }

// FirstPassword is a new account with its one-time password.
type FirstPassword struct {
	Org      string `json:"org"`
	Name     string `json:"name"`
	Login    string `json:"login"`
	Password string `json:"password"`
}

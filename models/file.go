package models

import "time"

// FileState is where one uploaded version stands.
type FileState string

// The file states: granted → uploaded → checked → locked, or rejected. A large upload is
// checking from when all of it has arrived until a worker has read it. A version is locked
// when a dossier that pins it is handed in. An upload that was given up is aborted, a link
// that was taken back unlinked.
const (
	FileGranted  FileState = "granted"
	FileChecking FileState = "checking"
	FileUploaded FileState = "uploaded"
	FileChecked  FileState = "checked"
	FileLocked   FileState = "locked"
	FileRejected FileState = "rejected"
	FileAborted  FileState = "aborted"
	FileUnlinked FileState = "unlinked"
	FileErased   FileState = "erased"
)

// File is one slot. CurrentVersion is the newest checked version, 0 when there is none.
type File struct {
	ID             string `gorm:"primaryKey"`
	CaseID         string
	SlotKind       string
	SlotKey        string
	OwnerID        string
	CurrentVersion int
	CreatedAt      time.Time
}

// TableName is the table of File.
func (File) TableName() string { return "files" }

// Slot is where the file goes.
func (f File) Slot() Slot { return Slot{Kind: f.SlotKind, Key: f.SlotKey} }

// FileVersion is one upload into a slot. VersionID is the object store's; nothing but
// that version is ever read. A version that was linked from another slot's shares its
// object; the others have an empty LinkedFileID.
type FileVersion struct {
	FileID      string `gorm:"primaryKey"`
	N           int    `gorm:"primaryKey;autoIncrement:false"`
	ObjectKey   string
	VersionID   string
	Name        string
	Type        string
	Size        int64
	SHA256      string `gorm:"column:sha256"`
	State       FileState
	Reason      string
	GrantedBy   string
	GrantedAt   time.Time
	CheckedAt   *time.Time
	PinnedRound *int
	LockedAt    *time.Time

	LinkedFileID string
	LinkedN      int
}

// TableName is the table of FileVersion.
func (FileVersion) TableName() string { return "file_versions" }

// FileUpload is an upload in parts that is under way or being checked; its row goes when it
// ends. UploadID is the object store's.
type FileUpload struct {
	FileID       string `gorm:"primaryKey"`
	N            int    `gorm:"primaryKey;autoIncrement:false"`
	OwnerID      string
	UploadID     string
	ExpiresAt    time.Time // no part is granted any more
	DueAt        time.Time // when a worker may take the check up, FarEnd while parts come
	Attempts     int
	BeyondLimits int // attempts that ended with the file beyond the scanner's limits
	CheckedBytes int64
}

// TableName is the table of FileUpload.
func (FileUpload) TableName() string { return "file_uploads" }

// DossierPin is one item of a submitted dossier: a file version, or a snapshot of what
// the system fills in.
type DossierPin struct {
	CaseID   string `gorm:"primaryKey"`
	Round    int    `gorm:"primaryKey;autoIncrement:false"`
	Item     int    `gorm:"primaryKey;autoIncrement:false"`
	FileID   string
	N        int
	SHA256   string `gorm:"column:sha256"`
	Snapshot string
}

// TableName is the table of DossierPin.
func (DossierPin) TableName() string { return "dossier_pins" }

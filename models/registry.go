package models

import (
	"time"

	"zhengxiao/internal/domain"
	"zhengxiao/internal/registry"
	"zhengxiao/internal/registry/file"
	"zhengxiao/internal/registry/push"
)

// RegistryMode is how records reach a registry.
type RegistryMode string

// The modes.
const (
	RegistryFile RegistryMode = "file" // 文件交换
	RegistryPush RegistryMode = "push" // 接口报送
)

// Registry is how an organisation and all below it register hours.
type Registry struct {
	OrgID        string `gorm:"primaryKey"`
	Path         string
	Mode         RegistryMode
	Settings     RegistrySettings `gorm:"serializer:json"`
	Secret       string           // sealed
	ClientKey    *string          // sealed; its certificate is in Settings
	AfterReceipt string
	PollAt       time.Time
	NextAt       *time.Time
	Trouble      string
	UpdatedBy    string
	UpdatedAt    time.Time `gorm:"autoUpdateTime:false"`
}

// TableName is the table of Registry.
func (Registry) TableName() string { return "registries" }

// RegistrySettings are what a registry asks for.
type RegistrySettings struct {
	Project     string        `json:"project"`
	Category    string        `json:"category"`
	URL         string        `json:"url,omitempty"`
	Auth        push.Auth     `json:"auth,omitempty"`
	PageSize    int           `json:"page_size,omitempty"`
	PerMinute   int           `json:"per_minute,omitempty"`  // records, 0: as fast as it takes them
	Certificate string        `json:"certificate,omitempty"` // of ClientKey, with its chain, in PEM
	Format      file.Format   `json:"format,omitempty"`
	Columns     []file.Column `json:"columns,omitempty"`
	OrgPattern  string        `json:"org_pattern,omitempty"`
	YearCap     domain.Hours  `json:"year_cap,omitempty"`
	OnePerYear  bool          `json:"one_per_year,omitempty"`
	FirstYear   int           `json:"first_year,omitempty"`
	LastYear    int           `json:"last_year,omitempty"`
	LeftAllowed bool          `json:"left_allowed,omitempty"`
}

// BatchState is where a batch stands.
type BatchState string

// The states of a batch.
const (
	BatchReady     BatchState = "ready"     // 待报送: waits for a worker, or to be downloaded
	BatchSending   BatchState = "sending"   // 报送中
	BatchStopped   BatchState = "stopped"   // 已停止: somebody has to look
	BatchSent      BatchState = "sent"      // 待回执
	BatchConcluded BatchState = "concluded" // 已办结: every record has its answer
)

var batchStateNames = map[BatchState]string{
	BatchReady: "待报送", BatchSending: "报送中", BatchStopped: "已停止，待处理", BatchSent: "已报送，待回执", BatchConcluded: "已办结",
}

// Name is what users see.
func (s BatchState) Name() string { return batchStateNames[s] }

// RegistryBatch is what was handed in together.
type RegistryBatch struct {
	ID          string `gorm:"primaryKey"`
	OrgID       string // the registry's
	Path        string // of the office
	Mode        RegistryMode
	State       BatchState
	Records     int
	AfterNo     string
	Attempts    int
	DueAt       time.Time
	Trouble     string
	SHA256      string `gorm:"column:sha256"` // of the file that was handed out last
	CreatedBy   string
	CreatedAt   time.Time
	SentAt      *time.Time
	ConcludedAt *time.Time
}

// TableName is the table of RegistryBatch.
func (RegistryBatch) TableName() string { return "registry_batches" }

// RegistryRecord is one line for the registry with what its journal comes to.
type RegistryRecord struct {
	No          string `gorm:"primaryKey"`
	CaseID      string
	UserID      string
	Year        int
	Rev         int
	Hours       domain.Hours
	Reverses    string
	OrgID       string
	BatchID     string
	Path        string // of the case
	State       registry.State
	Holds       bool
	Sends       int
	Receipt     string
	Reason      string
	CreatedAt   time.Time
	SentAt      *time.Time
	ConcludedAt *time.Time
}

// TableName is the table of RegistryRecord.
func (RegistryRecord) TableName() string { return "registry_records" }

// Held is the record as the rules see it.
func (r RegistryRecord) Held() registry.Held {
	return registry.Held{
		Record: registry.Record{
			Key: registry.Key{CaseID: r.CaseID, UserID: r.UserID, Year: r.Year}, No: r.No, Rev: r.Rev, Hours: r.Hours, Reverses: r.Reverses,
		},
		Standing: registry.Standing{State: r.State, Sends: r.Sends, Receipt: r.Receipt, Reason: r.Reason},
	}
}

// RegistryEntry is one line of a record's journal.
type RegistryEntry struct {
	ID      string `gorm:"primaryKey"`
	No      string
	Kind    registry.EntryKind
	BatchID string
	Hours   domain.Hours
	Receipt string
	Reason  string
	Outcome registry.State
	Digest  *string
	ByUser  string
	At      time.Time
}

// TableName is the table of RegistryEntry.
func (RegistryEntry) TableName() string { return "registry_journal" }

// RegistryStray is an answer that fits no record that was sent.
type RegistryStray struct {
	ID      string `gorm:"primaryKey"`
	OrgID   string
	Path    string
	No      string
	Kind    registry.EntryKind
	Hours   domain.Hours
	Receipt string
	Reason  string
	Problem string
	At      time.Time
}

// TableName is the table of RegistryStray.
func (RegistryStray) TableName() string { return "registry_strays" }

// ReversalState is where a request to take a record back stands.
type ReversalState string

// The states of a request.
const (
	ReversalAsked    ReversalState = "asked"
	ReversalApproved ReversalState = "approved"
	ReversalDeclined ReversalState = "declined"
)

var reversalStateNames = map[ReversalState]string{ReversalAsked: "待复核", ReversalApproved: "已同意", ReversalDeclined: "不同意"}

// Name is what users see.
func (s ReversalState) Name() string { return reversalStateNames[s] }

// RegistryReversal is a request to take a booked record back (冲正).
type RegistryReversal struct {
	ID        string `gorm:"primaryKey"`
	No        string
	CaseID    string
	UserID    string
	Year      int
	Path      string
	Hours     domain.Hours // what the year comes to afterwards
	Reason    string
	State     ReversalState
	AskedBy   string
	AskedAt   time.Time
	DecidedBy string
	DecidedAt *time.Time
	Note      string
}

// TableName is the table of RegistryReversal.
func (RegistryReversal) TableName() string { return "registry_reversals" }

package worker

import (
	"context"
	"fmt"

	"zhengxiao/models"
)

// lockFiles puts the file versions of a handed-in dossier under object lock. SQL refused
// changes from the moment of submission; this makes the store refuse them too.
func lockFiles(ctx context.Context, d Deps, row models.OutboxRow) error {
	versions, err := d.Store.LockedVersions(ctx, row.CaseID)
	if err != nil {
		return fmt.Errorf("list locked versions: %w", err)
	}
	until := d.Store.Now().AddDate(models.RetentionYears, 0, 0)
	for _, v := range versions {
		if err := d.Evidence.Lock(ctx, v.ObjectKey, v.VersionID, until); err != nil {
			return fmt.Errorf("lock version %d of file %s: %w", v.N, v.FileID, err)
		}
	}
	return nil
}

package evidence

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
)

// Version is one version of an object, without its content.
type Version struct {
	Key       string
	VersionID string
}

// Versions lists every version of the objects whose keys begin with prefix, those that were
// deleted since included, by key and the oldest leading.
func (s *Store) Versions(ctx context.Context, prefix string) ([]Version, error) {
	var list []Version
	for o := range s.inner.ListObjects(ctx, s.bucket, minio.ListObjectsOptions{Prefix: prefix, Recursive: true, WithVersions: true}) {
		if o.Err != nil {
			return nil, storeError(o.Err, fmt.Sprintf("list objects %s", prefix))
		}
		if !o.IsDeleteMarker {
			list = append(list, Version{o.Key, o.VersionID})
		}
	}
	slices.Reverse(list) // the newest version of a key comes first
	slices.SortStableFunc(list, func(a, b Version) int { return strings.Compare(a.Key, b.Key) })
	return list, nil
}

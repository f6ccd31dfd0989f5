package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"zhengxiao/internal/apperr"
	"zhengxiao/internal/auth"
	"zhengxiao/internal/notary"
	"zhengxiao/internal/secret"
)

// keys are the secrets of one data folder, made on its first start. Without them its
// personal data and the payloads of its engine cannot be read.
type keys struct {
	Data     string `json:"data_keys"`     // secret.ParseKeyring
	Codec    string `json:"codec_keys"`    // secret.ParseKeyring
	S3Access string `json:"s3_access_key"` // of the embedded object store
	S3Secret string `json:"s3_secret_key"`
	Audit    string `json:"audit_key"` // notary.ParseSigner; folders from before there was one get it at their next start
}

// loadKeys reads the folder's keys. New ones are made only while there is no data: for
// data that is there they would not fit.
func (f *folder) loadKeys() (keys, error) {
	raw, err := os.ReadFile(f.path(keysFile))
	switch {
	case err == nil:
		return f.parseKeys(raw)
	case !errors.Is(err, fs.ErrNotExist):
		return keys{}, err
	}
	for _, name := range []string{appFile, engineDir} {
		if _, err := os.Lstat(f.path(name)); err == nil {
			return keys{}, apperr.Newf(apperr.Corrupt,
				"数据文件夹中已有数据，却没有密钥文件 %s，已加密的内容无法读取。系统没有启动，也没有改动任何数据。请从备份恢复该文件后重新启动。", f.path(keysFile))
		}
	}
	return f.makeKeys()
}

func (f *folder) parseKeys(raw []byte) (keys, error) {
	var k keys
	err := json.Unmarshal(raw, &k)
	if err == nil && k.Audit == "" {
		if k.Audit, err = notary.Generate(); err == nil {
			err = f.writeKeys(k)
		}
	}
	if err == nil {
		err = k.check()
	}
	if err != nil {
		return k, apperr.Wrap(err, apperr.Corrupt, fmt.Sprintf(
			"密钥文件 %s 已损坏，无法读取。系统没有启动，也没有改动任何数据。请从备份恢复该文件后重新启动。", f.path(keysFile)))
	}
	return k, nil
}

func (k keys) check() error {
	_, dataErr := secret.ParseKeyring(k.Data)
	_, codecErr := secret.ParseKeyring(k.Codec)
	_, auditErr := notary.ParseSigner(k.Audit)
	if k.S3Access == "" || k.S3Secret == "" {
		return errors.Join(dataErr, codecErr, auditErr, errors.New("the object store's keys are missing"))
	}
	return errors.Join(dataErr, codecErr, auditErr)
}

func (f *folder) makeKeys() (keys, error) {
	k := keys{S3Access: "zhengxiao", S3Secret: auth.NewToken()}
	var err error
	for _, ring := range []*string{&k.Data, &k.Codec} {
		if *ring, err = secret.Generate("k1"); err != nil {
			return k, fmt.Errorf("generate key: %w", err)
		}
	}
	if k.Audit, err = notary.Generate(); err != nil {
		return k, fmt.Errorf("generate audit key: %w", err)
	}
	return k, f.writeKeys(k)
}

func (f *folder) writeKeys(k keys) error {
	raw, err := json.MarshalIndent(k, "", "  ")
	if err != nil {
		return fmt.Errorf("encode keys: %w", err)
	}
	return replaceFile(f.path(keysFile), append(raw, '\n'))
}

// replaceFile leaves either the whole file or none, also when the disk is full or the
// power fails.
func replaceFile(path string, content []byte) (err error) {
	fresh := path + ".new"
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(fresh)
		}
	}()
	_, err = file.Write(content)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	if err = os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

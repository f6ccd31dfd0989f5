package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"
)

// ours are ZX_ variables that are not settings of a program.
var ours = []string{"ZX_CONFIG", "ZX_CACHE", "ZX_TEST_"}

// Load reads the defaults, then the YAML file ("" for none), then the environment (as
// os.Environ gives it), the later over the earlier. It reports every unreadable value at
// once; whether the values make sense is for Validate.
func Load(file string, environ []string) (Config, error) {
	c := Defaults()
	k := koanf.New(".")
	errs := c.loadFile(k, file)
	values, more := c.fromEnviron(environ)
	errs = append(errs, more...)
	provider := env.Provider(".", env.Opt{EnvironFunc: func() []string { return values }})
	if err := k.Load(provider, nil); err != nil {
		errs = append(errs, fmt.Errorf("读取环境变量：%w", err))
	}
	for _, key := range c.keys() {
		if k.Exists(key.path) {
			errs = append(errs, key.read(k))
		}
	}
	return c, wrap(errs)
}

func wrap(errs []error) error {
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("配置有误，请修改后重新启动：\n%w", err)
	}
	return nil
}

// loadFile adds the file to k. A setting the file should not have is an error: it is
// written by hand, so it is a slip.
func (c *Config) loadFile(k *koanf.Koanf, file string) []error {
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return []error{fmt.Errorf("读取配置文件：%w", err)}
	}
	if err := k.Load(rawbytes.Provider(text), yaml.Parser()); err != nil {
		return []error{fmt.Errorf("配置文件 %s 不是有效的 YAML：%w", file, err)}
	}
	known := c.keys()
	var errs []error
	for _, path := range k.Keys() {
		if !slices.ContainsFunc(known, func(key key) bool { return key.path == path }) {
			errs = append(errs, fmt.Errorf("配置文件 %s 中的 %s 不是已知的配置项，请检查拼写", file, path))
		}
	}
	return errs
}

// fromEnviron returns the settings of the environment as path=value, secrets read from
// their files. Empty variables count as unset.
func (c *Config) fromEnviron(environ []string) (values []string, errs []error) {
	set := map[string]string{}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, prefix) && value != "" {
			set[name] = value
		}
	}
	for _, key := range c.keys() {
		name := key.env()
		value, direct := set[name]
		path, byFile := set[name+"_FILE"]
		delete(set, name)
		switch {
		case key.secret && direct && byFile:
			errs = append(errs, fmt.Errorf("%s 与 %s_FILE 同时设置了，请只保留一个", name, name))
		case key.secret && byFile:
			text, err := os.ReadFile(path)
			if err != nil {
				errs = append(errs, fmt.Errorf("%s_FILE：读取文件：%w", name, err))
			}
			value, direct = strings.TrimSpace(string(text)), err == nil
		}
		if key.secret {
			delete(set, name+"_FILE")
		}
		if direct {
			values = append(values, key.path+"="+value)
		}
	}
	for name := range set {
		if !slices.ContainsFunc(ours, func(p string) bool { return strings.HasPrefix(name, p) }) {
			c.Unknown = append(c.Unknown, name)
		}
	}
	slices.Sort(c.Unknown)
	return values, errs
}

// read sets the field from k. The error names the setting and the form it wants, never
// the value, which may be secret.
func (k key) read(from *koanf.Koanf) error {
	value := from.Get(k.path)
	text, isText := value.(string)
	var ok bool
	switch target := k.target.(type) {
	case *string:
		*target, ok = text, isText
	case *time.Duration: // a bare number has no unit
		ok = isText && decode(from, k.path, value, target)
	case *[]string:
		if isText {
			value = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		}
		ok = decode(from, k.path, value, target)
	default:
		ok = decode(from, k.path, value, target)
	}
	if ok {
		return nil
	}
	return fmt.Errorf("%s（配置文件 %s）：无法识别，应为%s", k.env(), k.path, k.form())
}

// decode lets koanf convert the value at path, after putting value there.
func decode(k *koanf.Koanf, path string, value, target any) bool {
	return k.Set(path, value) == nil && k.Unmarshal(path, target) == nil
}

func (k key) form() string {
	switch k.target.(type) {
	case *bool:
		return " true 或 false"
	case *int:
		return "整数"
	case *float64:
		return "小数"
	case *time.Duration:
		return "时长，例如 30m、12h"
	case *slog.Level:
		return " debug、info、warn 或 error"
	case *[]string:
		return "列表"
	default:
		return "文字"
	}
}

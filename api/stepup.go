package api

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"zhengxiao/internal/apperr"
)

// stepUp says when an operation wants a fresh proof of who is asking, from the contract's
// x-step-up: true, always; xlsx, when the list is taken out as a workbook; a list, for
// these kinds of action.
type stepUp struct {
	always, export bool
	kinds          []string
}

func stepUpOf(extension any) (stepUp, error) {
	switch v := extension.(type) {
	case nil:
		return stepUp{}, nil
	case bool:
		return stepUp{always: v}, nil
	case string:
		if v == "xlsx" {
			return stepUp{export: true}, nil
		}
	case []any:
		var s stepUp
		for _, kind := range v {
			s.kinds = append(s.kinds, fmt.Sprint(kind))
		}
		return s, nil
	}
	return stepUp{}, fmt.Errorf("x-step-up %v: neither true, xlsx nor kinds of action", extension)
}

// wanted reports whether this request needs the proof.
func (s stepUp) wanted(c *gin.Context) bool {
	return s.always || s.export && c.Query("format") == "xlsx" || slices.Contains(s.kinds, c.Param("kind"))
}

// proven refuses what needs a fresh proof to a session whose last one is too old. The
// proof is the session's: another browser of the same person needs its own.
func (e *enforcer) proven(c *gin.Context, a *access, op operation) error {
	if !op.step.wanted(c) {
		return nil
	}
	if a.token != nil && op.step.always && c.Request.Method != http.MethodGet {
		return nil // its scope names the operation: whoever made the token gave the proof
	}
	if a.token != nil {
		return apperr.New(apperr.Forbidden, "令牌不能用于需要本人验证的操作。")
	}
	if p := a.session.ProvedAt; p != nil && e.store.Now().Sub(*p) < e.proof {
		return nil
	}
	return apperr.Newf(apperr.StepUp, "这项操作需要确认是您本人：请在 %d 分钟内验证过密码后再办理，已填写的内容不会丢失。", int(e.proof/time.Minute))
}

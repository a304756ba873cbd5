package mgmt

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"github.com/libkonnektor/libkonnektor/konnektor"
)

// Decode reads the results of an answer into v, a pointer to a struct with the
// JSON names of [Operation.Results]. An empty answer leaves v as it is.
func (a *Answer) Decode(v any) error {
	if a.Empty || len(a.entry.Extract) == 0 {
		return nil
	}
	results, err := a.reply.extract(a.entry.Extract)
	if err == nil {
		err = convert(results, v)
	}
	var answer *AnswerError
	if errors.As(err, &answer) {
		return &AnswerError{Operation: a.op, text: answer.text}
	}
	if err != nil {
		return &AnswerError{Operation: a.op, text: "answer: a value of another type than expected"}
	}
	return nil
}

// convert takes results over into a struct.
func convert(results map[string]any, v any) error {
	data, err := json.Marshal(results)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// ask carries out op and decodes its results.
func ask[T any](ctx context.Context, b *Base, op Operation, values Values) (T, error) {
	var v T
	a, err := b.Do(ctx, op, values)
	if err != nil {
		return v, err
	}
	return v, a.Decode(&v)
}

// items carries out op, whose results are a list.
func items[T any](ctx context.Context, b *Base, op Operation, values Values) ([]T, error) {
	v, err := ask[listOf[T]](ctx, b, op, values)
	return v.Items, err
}

// tell carries out op, which has no results.
func (b *Base) tell(ctx context.Context, op Operation, values Values) error {
	_, err := b.Do(ctx, op, values)
	return err
}

// maxCodes bounds the codes of one refusal.
const maxCodes = 16

// codes reads the codes of a refusal, where the entry says where they stand.
func (e *Entry) codes(body []byte) []konnektor.Code {
	var document any
	if e.ErrorCodes == "" || decodeJSON(body, &document) != nil {
		return nil
	}
	found, err := lookUp(document, e.ErrorCodes)
	if err != nil {
		return nil
	}
	list, ok := found.([]any)
	if !ok {
		list = []any{found}
	}
	var codes []konnektor.Code
	for _, v := range list {
		n, err := strconv.Atoi(plainText(v))
		if err == nil && n > 0 && n <= 99999 && len(codes) < maxCodes {
			codes = append(codes, konnektor.Code(n))
		}
	}
	return codes
}

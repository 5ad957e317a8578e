package livekit

import "io"

// readStream reads a stream to its end, which also comes when the call is over.
// It returns at most limit bytes of it and whether they are all there are.
func readStream(stream io.Reader, limit int64) (head []byte, whole bool) {
	head, _ = io.ReadAll(io.LimitReader(stream, limit)) // The end is the only error there is.
	rest, _ := io.Copy(io.Discard, stream)
	return head, rest == 0
}

// takesAttributes makes room for the attributes that may come with the end of a
// stream. The SDK writes them into the map of its beginning, and the whole
// process would end with a stream that began without any.
func takesAttributes(attributes *map[string]string) {
	if *attributes == nil {
		*attributes = map[string]string{}
	}
}

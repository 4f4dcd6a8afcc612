package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"time"
)

// latency is how long the receiver of webhooks thinks about each message.
const latency = 50 * time.Millisecond

// hook is a receiver that takes 20 messages of 100 customers a second.
func hook() target {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		n.Add(1)
		time.Sleep(latency)
	}))
	return target{settings: "{url: '" + s.URL + "', batch: 100, bytes: 100000}", rate: 20, requests: func() int { return int(n.Load()) }, close: s.Close}
}

// file has no limit but the disk's.
func file() target {
	return target{settings: "{path: DIR/out.csv}", requests: func() int { return 0 }, close: func() {}}
}

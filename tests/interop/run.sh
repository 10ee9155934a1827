#!/usr/bin/env bash
# Runs the interop tests beside an independent emulator of Twilio, and through a proxy that checks
# every request and answer against Twilio's own OpenAPI file. Needs node, npm and unshare; nothing
# listens outside a network namespace of its own. FOLDER keeps the packages for the next time.
set -euo pipefail
cd "$(dirname "$0")/../.."

FOLDER=${FOLDER:-$(mktemp -d)}
npm install --prefix "$FOLDER" --no-audit --no-fund --silent --ignore-scripts \
    emulate@0.8.0 @stoplight/prism-cli@5.14.2 @twilio/cli-core@8
export FOLDER BIN="$FOLDER/node_modules/.bin"
export OPENAPI="$FOLDER/node_modules/@twilio/cli-core/src/services/twilio-api/twilio_api_v2010.json"

inside() {
    set -euo pipefail
    python3 -c 'import fcntl, socket, struct
s = socket.socket()
fcntl.ioctl(s, 0x8914, struct.pack("16sh", b"lo", 0x49))'   # as `ip link set lo up` does
    "$BIN/emulate" start --service twilio --port 4000 >"$FOLDER/emulate.log" 2>&1 & emulator=$!
    "$BIN/prism" proxy "$OPENAPI" http://127.0.0.1:4000 --port 4010 >"$FOLDER/prism.log" 2>&1 & proxy=$!
    trap 'kill $emulator $proxy' EXIT
    for port in 4000 4010; do
        for _ in $(seq 100); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.2; done
    done
    .venv/bin/pytest -v -m interop tests/interop
    echo "What the proxy found at odds with Twilio's OpenAPI file:"
    grep -Eo 'Violation: .*' "$FOLDER/prism.log" | sort | uniq -c || echo "nothing"
}
export -f inside
unshare --map-root-user --net bash -c inside

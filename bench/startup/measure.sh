#!/usr/bin/env bash
# Publishes the command three ways (JIT, ReadyToRun, NativeAOT) into artifacts/startup, then measures them side by side.
# bench/startup/measure.sh [--no-build]
# NativeAOT needs clang or gcc and zlib's headers; a way that cannot be published is named and left out.
set -u
cd "$(dirname "$0")/../.."
out=artifacts/startup
rid=$(dotnet --info | sed -nE 's/^ *RID: *//p' | head -n 1)
case $rid in *-x64|*-arm64) ;; *) echo "unknown runtime identifier: $rid" >&2; exit 1 ;; esac

publish() { # name, properties
    local name=$1; shift
    # folders and lock files of its own: neither the usual build nor the committed locks are touched
    dotnet publish src/Kindred.Cli -c Release --nologo -v q --artifacts-path "$out/$name.build" -o "$out/$name" \
        -p:NuGetLockFilePath="obj/startup-$name.lock.json" "$@" >"$out/$name.log" 2>&1 && return
    echo "$name could not be published: $(grep -m 1 -iE 'error' "$out/$name.log")" >&2
    rm -rf "${out:?}/$name"
}

mkdir -p "$out"
if [ "${1:-}" != --no-build ]; then
    rm -rf "${out:?}"/*
    publish jit
    publish r2r -p:PublishReadyToRun=true
    publish aot -p:PublishAot=true -p:SelfContained=true -p:RuntimeIdentifiers="$rid"
fi

folders=()
for name in jit r2r aot; do
    [ -x "$out/$name/kindred" ] || continue
    folders+=("$out/$name")
    bytes=$(find "$out/$name" -type f ! -name '*.pdb' ! -name '*.dbg' ! -name '*.xml' ! -path '*/models/*' ! -path '*/samples/*' -printf '%s\n' | awk '{ s += $1 } END { printf "%.0f", s / 1e6 }')
    echo "$name: $bytes MB without models and symbols, $(find "$out/$name" -maxdepth 1 -type f ! -name '*.pdb' ! -name '*.dbg' ! -name '*.xml' | wc -l) files"
done
dotnet run -c Release --project bench/Kindred.Bench -- startup "${folders[@]}"

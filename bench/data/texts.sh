#!/usr/bin/env bash
# MiniLM vectors of the real texts of shared/data, as a set for the ann benchmark. Usage: bench/data/texts.sh DATA [OUT]
# DATA: shared/data. KINDRED names the command when it is not ./kindred.
set -euo pipefail
data=$1 out=${2:-artifacts/ann}
cd "$(dirname "$0")/../.."
mkdir -p "$out"
column() { awk -F'\t' -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i; next } c && length($c) > 1 { print $c }'; }
{
    for set in clinc150 banking77 ag-news movie-polarity; do zcat "$data/$set/train.tsv.gz" | column text; done
    for part in sentence1 sentence2; do zcat "$data/wiki-split/train.tsv.gz" | column "$part"; done
} | sort -u > "$out/texts.txt"
${KINDRED:-./kindred} embed --in "$out/texts.txt" --out "$out/texts.npy"
dotnet run -c Release bench/data/make.cs -- texts "$out/texts.npy" --out "$out"

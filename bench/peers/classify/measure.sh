#!/usr/bin/env bash
# Fits and measures `kindred classify` on the parts that split.py made, with its defaults: measure.sh KINDRED FOLDER [SET...]; KINDRED is the command, quoted when it has blanks.
# Sets: ai4i2020 optdigits sms-spam it-tickets movie-polarity banking77 few-1 … few-5 clinc150 esc10-1 … esc10-4 photos.
set -euo pipefail
kindred=$1 parts=$2
shift 2
[ $# -gt 0 ] || set -- ai4i2020 optdigits sms-spam it-tickets movie-polarity few-1 few-2 few-3 few-4 few-5 banking77 clinc150 esc10-1 esc10-2 esc10-3 esc10-4 photos

for name; do
  learn=$parts/$name-learn.tsv measure=$parts/$name-measure.tsv label=label
  case $name in
    few-*) measure=$parts/banking77-measure.tsv ;;
    optdigits) label=digit ;;
    ai4i2020) label=Machine_failure ;;
  esac
  echo "== $name"
  $kindred classify fit --in "$learn" --label "$label" --out "$parts/$name.classifier" 2>/dev/null
  $kindred classify report --with "$parts/$name.classifier" --in "$measure" --label "$label" 2>/dev/null |
    grep -E '^(accuracy|balanced-accuracy|macro-f1|ece|brier|roc-auc|in-scope|outside|f1:spam)' || true
  if [ "$name" = ai4i2020 ]; then $kindred classify report --with "$parts/$name.classifier" --in "$measure" --label "$label" 2>/dev/null | grep '^f1:1 '; fi
done

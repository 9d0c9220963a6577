#!/bin/sh
# Writes the golden files into a folder: sh bench/peers/golden/make.sh tests/Kindred.Vectors.Tests/Golden
set -e
here=$(dirname "$0")
build=$(mktemp -d)
/usr/bin/python3 "$here/make.py" "$1"
g++ -O1 -o "$build/hnswlib" "$here/hnswlib.cpp"
"$build/hnswlib" "$1"
rm -r "$build"

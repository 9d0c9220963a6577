#!/usr/bin/env bash
# Makes corpus.txt: a plain English corpus of dictionaries, manuals and the King James Bible out of Debian packages,
# lower case, a sentence a line, words parted by single spaces. Usage: corpus.sh OUT_FOLDER   (needs apt, dpkg-deb, perl)
set -euo pipefail
out=$(mkdir -p "$1" && cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir root
packages="dict-gcide dict-wn dict-foldoc dict-jargon dict-devil bible-kjv-text manpages manpages-dev perl-doc rust-doc
  postgresql-doc-15 debian-handbook debian-reference-en gnome-user-docs libreoffice-help-en-us developers-reference harden-doc"
for package in $packages; do
  apt-get download -qq "$package" 2>/dev/null
  dpkg-deb -x "$package"_*.deb "root/$package"
  rm "$package"_*.deb
done
{
  find root -name '*.dict.dz' -print0 | sort -z | xargs -0 zcat -f
  find root/bible-kjv-text root/manpages root/manpages-dev root/perl-doc -type f \( -name '*.gz' -o -name '*.txt' -o -name '*.pod' \) -print0 | sort -z | xargs -0 zcat -f
  find root -type f \( -name '*.html' -o -name '*.html.gz' -o -name '*.page' -o -name '*.rst.gz' -o -name '*.txt.gz' \) -not -path '*/debian-handbook/*/[a-d,f-z]?-*' -print0 | sort -z | xargs -0 zcat -f
} 2>/dev/null | LC_ALL=C perl -ne '
  BEGIN { $/ = ""; %seen = () }
  s/<(script|style)\b.*?<\/\1>//gis; s/<[^>]*>/ /g; s/&(\w+|#\d+);/ /g; s/\\f[A-Z]//g; s/^\s*\.\S*//gm;
  for (split /(?<=[.!?;:])\s+|\n\s*\n/) {
    $_ = lc; s/[^a-z0-9\x27]+/ /g; s/(^| )\x27+|\x27+( |$)/ /g; s/ +/ /g; s/^ | $//g;
    my @w = split / /; next if @w < 4 || (grep { /^[a-z]{2,}$/ } @w) * 2 < @w;   # tables and code are no sentences
    next if $seen{substr($_, 0, 80)}++ > 2;                                     # page heads and feet come on every page
    print "$_\n";
  }' > "$out/corpus.txt.part"
mv "$out/corpus.txt.part" "$out/corpus.txt"
wc -lw "$out/corpus.txt"
sha256sum "$out/corpus.txt" | cut -d' ' -f1

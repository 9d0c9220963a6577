"""Questions in other words than those of the help desk tips (samples/helpdesk), each with the tip that answers it, as files for `kindred eval retrieval --answers`; and XQuAD's Chinese questions as documents of their
own kind: a paragraph is stood for by its Chinese questions but the first, which is asked.
Usage: python3 answers.py REPOSITORY SHARED_DATA FOLDER
then kindred eval retrieval --corpus FOLDER/helpdesk.jsonl --queries FOLDER/helpdesk.tsv --qrels FOLDER/helpdesk.tsv --hybrid --answers
and  kindred eval retrieval --corpus FOLDER/zh.jsonl --queries FOLDER/zh.tsv --qrels FOLDER/zh.tsv --bm25 --model fast (en likewise)"""
import collections
import csv
import glob
import gzip
import json
import os
import re
import sys

QUESTIONS = """storage/recover-removed-files|How do I get back something I deleted?
laptops/thermal-management|My notebook gets burning hot, what helps?
laptops/liquid-spill|I knocked coffee over my keyboard, what now?
laptops/wont-charge|The power cable is plugged in but the battery stays empty
laptops/battery-charge-limit|Is it bad to leave my notebook plugged in all day?
laptops/random-wakeups|Why does the computer switch itself on at night?
laptops/upgrade-memory|Can I put more RAM into my notebook?
network/weak-signal-far-room|Wifi is poor in the bedroom
network/captive-portal|The hotel internet login page does not appear
network/vpn-drops|My connection to the office keeps disconnecting
network/flush-dns-cache|A website moved to a new server but I still see the old one
network/guest-network|How can visitors use our wifi without seeing my files?
printers/stuck-queue|A document refuses to leave the print list
printers/paper-jam-safely|A sheet is caught inside the printer
printers/lines-on-prints|There are stripes on my printouts
printers/phone-printing|Can I print from my iPhone?
printers/blank-pages|Nothing appears on the paper that comes out
email/full-mailbox|I cannot receive mail because I have no space left
email/recall-myth|Can I unsend a message I sent to the wrong person?
email/unwanted-subscriptions|How do I stop getting newsletters?
email/out-of-office|Send an automatic reply while I am on holiday
email/strange-characters|Letters with accents show up as garbage in messages
security/phishing-message-check|Is this mail from my bank genuine?
security/ransomware-first-steps|All my files are suddenly scrambled and someone wants money
security/fake-support-call|Someone from Microsoft phoned me about a virus
security/usb-found|I picked up a memory stick in the car park
passwords/forgotten-wireless-key|I cannot remember the code of our wifi
passwords/passphrase-from-words|How do I invent a login secret that is easy to remember?
passwords/authenticator-new-phone|I bought another mobile and the six digit codes are on the old one
phones/lost-handset|Somebody stole my mobile
phones/storage-full-photos|Pictures fill up my phone
phones/factory-reset-before-sale|What must I erase before I give my phone to someone else?
spreadsheets/freeze-header-row|Keep the column titles visible while scrolling
spreadsheets/lookup-returns-na|VLOOKUP gives an error although the value is there
spreadsheets/dates-become-text|Sorting by day goes wrong because entries are not recognised
spreadsheets/slow-workbook|Excel takes forever to calculate
video-calls/echo-in-meeting|Everyone hears themselves twice when I talk
video-calls/background-noise|People complain about the dog barking when I am in a meeting
video-calls/camera-in-use|It says another program is using my webcam
backups/three-two-one|How many copies of my data should I have?
backups/restore-drill|How do I know that my backup works?
storage/ssd-health|How do I tell whether my flash disk is about to die?
storage/long-path-names|Windows says the file name is too long to copy
browsers/too-many-tabs|Chrome eats all memory with dozens of pages open
browsers/private-window-limits|Can my boss see what I do in incognito mode?
browsers/certificate-warning|The page says my connection is not private"""

repository, data, folder = sys.argv[1:]
os.makedirs(folder, exist_ok=True)


def write(name, documents, questions):
    with open(os.path.join(folder, name + ".jsonl"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(document, ensure_ascii=False) + "\n" for document in documents)
    with open(os.path.join(folder, name + ".tsv"), "w", encoding="utf-8") as file:
        file.write("id\ttext\tdoc\n")
        file.writelines(f"{i}\t{text}\t{doc}\n" for i, (doc, text) in enumerate(questions, 1))


tips = os.path.join(repository, "samples", "helpdesk")
documents = []
for path in sorted(glob.glob(os.path.join(tips, "*", "*.md"))):
    with open(path, encoding="utf-8") as file:
        body = file.read().split("---", 2)[2].strip()
    documents.append({"id": os.path.relpath(path, tips)[:-3], "title": re.match(r"# (.*)", body).group(1), "text": body})
write("helpdesk", documents, [line.split("|") for line in QUESTIONS.splitlines()])

name = "queries-dev.tsv.gz"
with gzip.open(os.path.join(data, "xquad", name), "rt", encoding="utf-8") as file:
    rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
for language in ["zh", "en"]:
    asked = collections.defaultdict(list)
    for row in rows:
        asked[row["doc"]].append(row[f"question_{language}"])
    several = {doc: questions for doc, questions in asked.items() if len(questions) > 1}
    write(language, [{"id": doc, "text": "\n".join(questions[1:])} for doc, questions in several.items()], [(doc, questions[0]) for doc, questions in several.items()])

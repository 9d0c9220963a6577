// The peer of `Kindred.Bench throughput` and `latency`: the same model file and the same token ids through onnxruntime-node.
// node peer.mjs MODEL.onnx IDS.bin THREADS mean|cls; then one command a line on stdin, one JSON line back for each:
//   pass given|sorted BATCH   encodes all texts in batches, in the order given or longest first
//   one TEXT REPEATS          encodes one text again and again
//   vectors FILE              writes the vectors of the last pass, float32 [texts, width]
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import * as ort from 'onnxruntime-node';

const [model, idsFile, threads, pooling] = process.argv.slice(2);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: Number(threads), interOpNumThreads: 1, logSeverityLevel: 3 });
const output = session.outputNames[0];
const texts = readIds(idsFile);
let width = 0;
let vectors = [];

// int32 count, then for each text int32 length and its ids, little-endian; ids become the int64 that the network takes before any clock runs
function readIds(file) {
  const bytes = readFileSync(file);
  let at = 0;
  const next = () => { const n = bytes.readInt32LE(at); at += 4; return n; };
  return Array.from({ length: next() }, () => BigInt64Array.from({ length: next() }, () => BigInt(next())));
}

async function encode(batch) {
  const longest = batch.reduce((most, text) => Math.max(most, texts[text].length), 0);
  const ids = new BigInt64Array(batch.length * longest);
  const mask = new BigInt64Array(batch.length * longest);
  batch.forEach((text, row) => {
    ids.set(texts[text], row * longest);
    mask.fill(1n, row * longest, row * longest + texts[text].length);
  });
  const shape = [batch.length, longest];
  const feeds = {
    input_ids: new ort.Tensor('int64', ids, shape),
    attention_mask: new ort.Tensor('int64', mask, shape),
    token_type_ids: new ort.Tensor('int64', new BigInt64Array(ids.length), shape),
  };
  const result = (await session.run(feeds, [output]))[output];
  width = result.dims[2];
  batch.forEach((text, row) => { vectors[text] = pool(result.data, row * longest * width, texts[text].length); });
}

function pool(data, start, tokens) {
  const vector = new Float32Array(width);
  const count = pooling === 'cls' ? 1 : tokens;
  for (let t = 0; t < count; t++) {
    const from = start + t * width;
    for (let d = 0; d < width; d++) vector[d] += data[from + d];
  }
  let norm = 0;
  for (let d = 0; d < width; d++) norm += vector[d] * vector[d];
  norm = Math.sqrt(norm);   // dividing the sum by the count first would not change the direction
  for (let d = 0; d < width; d++) vector[d] /= norm;
  return vector;
}

const seconds = from => Number(process.hrtime.bigint() - from) / 1e9;

async function pass(order, size) {
  const all = texts.map((_, i) => i);
  const started = process.hrtime.bigint();
  if (order === 'sorted') all.sort((a, b) => texts[b].length - texts[a].length);
  for (let i = 0; i < all.length; i += size) await encode(all.slice(i, i + size));
  return { seconds: seconds(started) };
}

async function one(text, repeats) {
  const times = [];
  for (let i = 0; i < repeats; i++) {
    const started = process.hrtime.bigint();
    await encode([text]);
    times.push(seconds(started));
  }
  return { seconds: times };
}

function write(file) {
  const all = new Float32Array(texts.length * width);
  vectors.forEach((vector, i) => all.set(vector, i * width));
  writeFileSync(file, new Uint8Array(all.buffer));
  return { width };
}

console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const [verb, a, b] = line.split(' ');
  const answer = verb === 'pass' ? await pass(a, Number(b)) : verb === 'one' ? await one(Number(a), Number(b)) : write(line.slice('vectors '.length));
  console.log(JSON.stringify(answer));
}

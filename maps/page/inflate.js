// Inflate (RFC 1951) for browsers without DecompressionStream: plain tables, one pass, no dependencies.
const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
  4097, 6145, 8193, 12289, 16385, 24577];
const LENGTHS_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
const MAX_BITS = 15;

// A canonical Huffman code as a table that is indexed by the next MAX_BITS bits: symbol * 16 + length.
function huffman(lengths) {
  const count = new Uint16Array(MAX_BITS + 1);
  for (const length of lengths) count[length] += length > 0 ? 1 : 0;
  const next = new Uint16Array(MAX_BITS + 2);
  for (let bits = 1; bits <= MAX_BITS; bits += 1) next[bits + 1] = (next[bits] + count[bits]) << 1;
  const table = new Uint16Array(1 << MAX_BITS);
  lengths.forEach((length, symbol) => {
    if (!length) return;
    let code = next[length];
    next[length] += 1;
    let turned = 0;
    for (let bit = 0; bit < length; bit += 1, code >>= 1) turned = (turned << 1) | (code & 1);
    for (let at = turned; at < table.length; at += 1 << length) table[at] = symbol * 16 + length;
  });
  return table;
}

let fixedCodes = null;
function fixed() {
  if (!fixedCodes) {
    const lengths = Array.from({ length: 288 }, (_, symbol) => (symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8));
    fixedCodes = [huffman(lengths), huffman(new Array(30).fill(5))];
  }
  return fixedCodes;
}

function bitReader(data) {
  let at = 0;
  let held = 0;
  let ready = 0;
  const refill = (wanted) => {
    while (ready < wanted) {
      held |= (at < data.length ? data[at] : 0) << ready;
      at += 1;
      ready += 8;
    }
  };
  return {
    bits(wanted) {
      if (!wanted) return 0;
      refill(wanted);
      const value = held & ((1 << wanted) - 1);
      held >>>= wanted;
      ready -= wanted;
      return value;
    },
    symbol(table) {
      refill(MAX_BITS);
      const entry = table[held & ((1 << MAX_BITS) - 1)];
      held >>>= entry & 15;
      ready -= entry & 15;
      return entry >> 4;
    },
    // Stored blocks start at a whole byte; what was fetched ahead is given back.
    bytes() {
      at -= ready >> 3;
      held = 0;
      ready = 0;
      const length = data[at] | (data[at + 1] << 8);
      at += 4 + length;
      return data.subarray(at - length, at);
    },
  };
}

function dynamicCodes(input) {
  const literals = input.bits(5) + 257;
  const distances = input.bits(5) + 1;
  const codes = input.bits(4) + 4;
  const lengths = new Array(19).fill(0);
  for (let at = 0; at < codes; at += 1) lengths[LENGTHS_ORDER[at]] = input.bits(3);
  const table = huffman(lengths);
  const all = [];
  while (all.length < literals + distances) {
    const symbol = input.symbol(table);
    if (symbol < 16) all.push(symbol);
    else {
      const value = symbol === 16 ? all[all.length - 1] : 0;
      let times = symbol === 16 ? 3 + input.bits(2) : symbol === 17 ? 3 + input.bits(3) : 11 + input.bits(7);
      for (; times > 0; times -= 1) all.push(value);
    }
  }
  return [huffman(all.slice(0, literals)), huffman(all.slice(literals))];
}

export function inflate(data) {
  const input = bitReader(data);
  let out = new Uint8Array(Math.max(1024, data.length * 4));
  let size = 0;
  const room = (more) => {
    if (size + more <= out.length) return;
    const grown = new Uint8Array(Math.max(out.length * 2, size + more));
    grown.set(out.subarray(0, size));
    out = grown;
  };
  for (let last = 0; !last;) {
    last = input.bits(1);
    const kind = input.bits(2);
    if (kind === 0) {
      const stored = input.bytes();
      room(stored.length);
      out.set(stored, size);
      size += stored.length;
      continue;
    }
    const [literals, distances] = kind === 1 ? fixed() : dynamicCodes(input);
    for (let symbol = input.symbol(literals); symbol !== 256; symbol = input.symbol(literals)) {
      room(258);
      if (symbol < 256) {
        out[size] = symbol;
        size += 1;
        continue;
      }
      const length = LENGTH_BASE[symbol - 257] + input.bits(LENGTH_EXTRA[symbol - 257]);
      const step = input.symbol(distances);
      const back = DISTANCE_BASE[step] + input.bits(step < 2 ? 0 : (step >> 1) - 1);
      for (const end = size + length; size < end; size += 1) out[size] = out[size - back];
    }
  }
  return out.subarray(0, size);
}

// Where visits are kept: the browser's database, else its small store, else this page only. Every visit has its own place, and is written
// over only by who has seen what stands there, so that two windows do not undo each other's work. A photo lies by its digest.
const NAME = 'headwater-visits';
const SHELVES = ['visits', 'photos'];
const SLOW = 5000;

// Somebody else has written (or taken away) the visit since we last saw it; `there` is what stands in its place now.
const changedThere = (there) => Object.assign(new Error('changed elsewhere'), { isChanged: true, there });

const asked = (request) => new Promise((done, fail) => {
  request.onsuccess = () => done(request.result);
  request.onerror = () => fail(request.error);
});
const finished = (work) => new Promise((done, fail) => {
  work.oncomplete = done;
  work.onabort = () => fail(work.error || new Error('aborted'));
});
const tooLate = () => new Promise((_, fail) => { setTimeout(() => fail(new Error('no answer')), SLOW); });

async function inDatabase(project) {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => SHELVES.forEach((shelf) => request.result.createObjectStore(shelf));
  const base = await Promise.race([asked(request), tooLate()]);
  base.onversionchange = () => base.close();
  const at = (key) => [project, key];
  const shelf = (name) => base.transaction(name).objectStore(name);
  // That it opens does not say that it can be read.
  await asked(shelf('visits').count());
  return {
    kind: 'database',
    all: () => asked(shelf('visits').getAll(IDBKeyRange.bound([project], [project, []]))),
    photo: (digest) => asked(shelf('photos').get(at(digest))),
    async put(visit, photos) {
      const work = base.transaction(SHELVES, 'readwrite', { durability: photos.length || visit.state === 'done' ? 'strict' : 'relaxed' });
      const end = finished(work);
      const place = work.objectStore('visits');
      const there = await asked(place.get(at(visit.key)));
      if ((there?.edition || 0) !== visit.edition) {
        end.catch(() => {});
        work.abort();
        throw changedThere(there);
      }
      photos.forEach(([digest, data]) => work.objectStore('photos').put(data, at(digest)));
      place.put({ ...visit, edition: visit.edition + 1 }, at(visit.key));
      await end;
    },
    async drop(key, digests) {
      const work = base.transaction(SHELVES, 'readwrite');
      const end = finished(work);
      work.objectStore('visits').delete(at(key));
      digests.forEach((digest) => work.objectStore('photos').delete(at(digest)));
      await end;
    },
  };
}

function inSmallStore(project) {
  const store = window.localStorage;
  const at = (shelf, key) => [NAME, project, shelf, key].join('\n');
  store.setItem(NAME, '');
  store.removeItem(NAME);
  const read = (shelf, key) => JSON.parse(store.getItem(at(shelf, key)));
  return {
    kind: 'small',
    async all() {
      const names = Array.from({ length: store.length }, (_, place) => store.key(place));
      return names.filter((name) => name.startsWith(at('visits', ''))).map((name) => { try { return JSON.parse(store.getItem(name)); } catch { return null; } });
    },
    photo: async (digest) => read('photos', digest) ?? undefined,
    async put(visit, photos) {
      const there = read('visits', visit.key);
      if ((there?.edition || 0) !== visit.edition) throw changedThere(there ?? undefined);
      photos.forEach(([digest, data]) => store.setItem(at('photos', digest), JSON.stringify(data)));
      store.setItem(at('visits', visit.key), JSON.stringify({ ...visit, edition: visit.edition + 1 }));
    },
    async drop(key, digests) {
      store.removeItem(at('visits', key));
      digests.forEach((digest) => store.removeItem(at('photos', digest)));
    },
  };
}

function inPage() {
  const held = new Map();
  return {
    kind: 'page',
    all: async () => [],
    photo: async (digest) => held.get(digest),
    put: async (_, photos) => photos.forEach(([digest, data]) => held.set(digest, data)),
    drop: async (_, digests) => digests.forEach((digest) => held.delete(digest)),
  };
}

// The best of the three that this browser lets the page have.
export async function openStore(project) {
  try { return await inDatabase(project); } catch { /* refused, or no answer */ }
  try { return inSmallStore(project); } catch { return inPage(); }
}

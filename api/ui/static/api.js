// The only place that talks to the API: the key, the paths, problems, and trying again.

const FIELDS = "$select=*,uid,statusReason,statusDetail,title,alt";
const MAX_RETRIES = 6; // how often a 409 or 503 that says when is tried again
const LONGEST_WAIT_S = 10;
const UNREACHABLE = "The library cannot be reached. Check the connection, then try again.";
const root = new URL("..", location.href);

export class Problem extends Error {
  constructor(status, detail, type = "", retryAfter = null) {
    super(detail);
    Object.assign(this, { status, retryAfter });
    const isAboutKey = status === 401 || (status === 400 && type.endsWith("/invalid-key"));
    if (isAboutKey) document.dispatchEvent(new CustomEvent("keyrefused", { detail }));
  }
}

export const key = {
  get: () => sessionStorage.getItem("fototeca.key"),
  set: (value) => sessionStorage.setItem("fototeca.key", value),
  forget: () => sessionStorage.removeItem("fototeca.key"),
};

function headers() {
  const value = key.get() ?? "";
  if (/[^!-~]/.test(value)) throw new Problem(401, "This is not an API key. Copy it once more.");
  return { "X-API-KEY": value };
}

const pathOf = (reference) =>
  `images('${encodeURIComponent(reference.replaceAll("'", "''"))}')`;

export const list = (skip, top) =>
  call("GET", `images?$orderby=createdOn desc,id desc&$skip=${skip}&$top=${top}&${FIELDS}`)
    .then((answer) => answer.value);
export const get = (reference) => call("GET", `${pathOf(reference)}?${FIELDS}`);
export const remove = (reference, onWait) => call("DELETE", pathOf(reference), onWait);
export const restore = (uid, onWait) =>
  call("POST", `images/by-uid/${uid}/restore?${FIELDS}`, onWait);
export const reprocess = (reference, onWait) =>
  call("POST", `${pathOf(reference)}/reprocess?${FIELDS}`, onWait);

/** Send a file; `replace` false creates only, and is answered 412 where there is one already. */
export function put(reference, file, { replace, signal, onProgress, onWait }) {
  const url = new URL(`${pathOf(reference)}?${FIELDS}`, root);
  return patiently(() => send(url, file, replace, signal, onProgress), onWait, signal);
}

function call(method, path, onWait) {
  return patiently(async () => {
    const sent = fetch(new URL(path, root), { method, headers: headers() });
    const response = await sent.catch(() => {
      throw new Problem(0, UNREACHABLE);
    });
    const text = await response.text().catch(() => "");
    return read(response.status, text, response.headers.get("Retry-After"));
  }, onWait);
}

/** XMLHttpRequest, because fetch does not tell how much was sent. */
function send(url, file, replace, signal, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    const given = { "Content-Type": file.type || "application/octet-stream", ...headers() };
    if (!replace) given["If-None-Match"] = "*";
    for (const [name, value] of Object.entries(given)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.loaded / (event.total || 1));
    request.onerror = () => reject(new Problem(0, UNREACHABLE));
    request.onabort = () => reject(new Problem(0, "The upload was cancelled."));
    request.onload = () => {
      try {
        resolve(read(request.status, request.responseText, request.getResponseHeader("Retry-After")));
      } catch (problem) {
        reject(problem);
      }
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function read(status, text, retryAfter) {
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    // not from the library itself, but from something before it
  }
  if (status >= 200 && status < 300 && (body || status === 204)) return body;
  const detail = body?.detail ?? `The answer cannot be understood (${status}).`;
  throw new Problem(status, detail, body?.type, retryAfter && Number(retryAfter));
}

/** Try again what is refused for now and says until when; `onWait` is told why it takes longer. */
async function patiently(attempt, onWait = () => {}, signal = undefined) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (problem) {
      const passes = [409, 503].includes(problem.status) && problem.retryAfter > 0;
      if (!passes || tries === MAX_RETRIES || signal?.aborted) throw problem;
      const seconds = Math.min(problem.retryAfter, LONGEST_WAIT_S);
      onWait(`${problem.message} Trying again in ${seconds} s.`);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
}

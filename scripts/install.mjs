/**
 * Installs the packages of the lockfile when they are not there yet; run by `npm start`, `npm test` and `npm run prove` before anything
 * else, so it needs nothing but Node 20 and npm. When node_modules already matches it says nothing and ends within milliseconds.
 */

import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The oldest Node that can run npm's installation; the exchange itself runs on the Node that the lockfile brings. */
const minimumNodeMajor = 20;

/** Seconds between two lines of progress where the output is not a terminal. */
const progressSeconds = 5;

/**
 * What of package-lock.json is missing in node_modules or there in another version, by path; empty when they match. npm records what it
 * installed in node_modules/.package-lock.json as its last step, so an interrupted installation never matches.
 */
export function missingPackages(root) {
  const locked = readPackages(join(root, "package-lock.json"));
  if (locked === undefined)
    throw new InstallError("package-lock.json is missing or not JSON", "restore it: git checkout package-lock.json");
  const installed = readPackages(join(root, "node_modules", ".package-lock.json")) ?? {};
  const missing = Object.keys(locked).filter((path) => {
    if (!path.includes("node_modules/")) return false;
    const wanted = locked[path];
    const found = installed[path];
    // Packages for other operating systems are optional and rightly absent.
    if (found === undefined) return !(wanted.optional || wanted.devOptional || wanted.peer);
    return found.version !== wanted.version || found.integrity !== wanted.integrity;
  });
  if (missing.length === 0 && !existsSync(join(root, "node_modules", ".bin", "node"))) missing.push("node_modules/.bin/node");
  return missing;
}

/** A failure with the one thing to do about it. */
class InstallError extends Error {
  constructor(problem, fix) {
    super(`${problem}\n  To fix it: ${fix}`);
  }
}

/** What npm's own output says about the cause, most specific first. */
const causes = [
  [/ENOSPC/, "the disk is full", "free at least 2 GB, then run the command again"],
  [/EACCES|EPERM|EROFS/, "npm may not write here", "check who owns this folder and npm's cache (npm config get cache)"],
  [
    /EINTEGRITY/,
    "a package does not have the contents that package-lock.json names",
    "npm cache clean --force, then run the command again",
  ],
  [/EUSAGE|can only install packages when/, "package.json and package-lock.json disagree", "npm install, and keep both files"],
  [/\bE401\b|\bE403\b/, "the package registry refuses access", "check the registry and its credentials (npm config get registry)"],
  [/\bE404\b|ETARGET|notarget/, "the package registry does not have a package", "check the registry (npm config get registry)"],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|EIDLETIMEOUT|ERR_SOCKET_TIMEOUT|ENETWORK|network/i,
    "the package registry cannot be reached",
    "check the network, and the proxy if there is one (npm config get registry, npm config get proxy), then run the command again",
  ],
];

/** Turns npm's exit and the end of its output into one error. */
export function explainFailure(status, output) {
  for (const [pattern, problem, fix] of causes) {
    if (pattern.test(output)) return new InstallError(`npm ci failed: ${problem}.\n${lastLines(output)}`, fix);
  }
  return new InstallError(`npm ci failed with status ${status}.\n${lastLines(output)}`, "run npm ci by hand and read its log");
}

/** Throws unless this Node can install. */
export function requireNode(version) {
  if (Number.parseInt(version, 10) >= minimumNodeMajor) return;
  throw new InstallError(`Node ${version} is too old`, `install Node ${minimumNodeMajor} or newer from https://nodejs.org`);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}

function lastLines(output) {
  // npm adds its whole usage text to some complaints.
  const [complaint] = output.split(/^npm error Clean install a project$/m);
  const lines = complaint.trim().split("\n");
  return lines
    .slice(-8)
    .map((line) => `    ${line}`)
    .join("\n");
}

/** One installation at a time: a second one waits until the first has ended. Returns the function that gives the lock back. */
async function lockInstallation(root) {
  const file = join(root, ".bourse", "install.lock");
  mkdirSync(dirname(file), { recursive: true });
  for (let told = false; ; ) {
    try {
      const descriptor = openSync(file, "wx");
      writeSync(descriptor, String(process.pid));
      closeSync(descriptor);
      return () => rmSync(file, { force: true });
    } catch (error) {
      if (error.code !== "EEXIST") throw new InstallError(`cannot write ${file}: ${error.message}`, "make this folder writable");
    }
    const owner = Number(readFileSync(file, "utf8"));
    if (owner > 0 && !isAlive(owner)) {
      rmSync(file, { force: true });
      continue;
    }
    if (!told) console.log(`Waiting for the installation that process ${owner || "(starting)"} is doing here.`);
    told = true;
    await wait(500);
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `npm ci` and shows how far it is. */
async function install(root, reason) {
  const packages = Object.keys(readPackages(join(root, "package-lock.json"))).filter((path) => path.includes("node_modules/"));
  console.log(`Installing ${packages.length} packages (${reason}). This needs the network and takes a minute or two, the first time only.`);

  // The npm that runs this script, on the Node that runs it: node_modules/.bin/node is about to be replaced.
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const [command, leading] = npm === undefined ? ["npm", []] : [node, [npm]];
  const began = Date.now();
  const child = spawn(command, [...leading, "ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const forward = (signal) => child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);

  let output = "";
  const keep = (chunk) => {
    output = (output + chunk).slice(-20_000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);

  const report = () => {
    const unpacked = packages.filter((path) => existsSync(join(root, path, "package.json"))).length;
    const line = `  ${Math.round((Date.now() - began) / 1000)} s: ${unpacked} of ${packages.length} packages unpacked`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}\x1b[K`);
    else console.log(line);
  };
  const timer = setInterval(report, process.stdout.isTTY ? 500 : progressSeconds * 1000);

  const status = await new Promise((resolve, reject) => {
    child.on("error", (error) => reject(new InstallError(`npm cannot be started: ${error.message}`, "install npm 10 or newer")));
    child.on("close", (code, signal) => resolve(signal ?? code));
  }).finally(() => {
    clearInterval(timer);
    process.off("SIGINT", forward).off("SIGTERM", forward);
    if (process.stdout.isTTY) process.stdout.write("\r\x1b[K");
  });

  if (status !== 0) throw explainFailure(status, output);
  const missing = missingPackages(root);
  if (missing.length > 0)
    throw new InstallError(`npm ci ended well, yet ${missing.length} packages are missing: ${missing.slice(0, 5).join(", ")}`, "npm ci");
  console.log(`Installed in ${Math.round((Date.now() - began) / 1000)} s.`);
}

/** Brings node_modules of `root` in line with its lockfile. */
export async function ensureInstalled(root) {
  requireNode(process.versions.node);
  if (missingPackages(root).length === 0) return;
  const unlock = await lockInstallation(root);
  try {
    const missing = missingPackages(root);
    if (missing.length === 0) return;
    const fresh = !existsSync(join(root, "node_modules"));
    await install(root, fresh ? "nothing is installed yet" : `${missing.length} of package-lock.json are missing or outdated`);
  } finally {
    unlock();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await ensureInstalled(dirname(dirname(fileURLToPath(import.meta.url))));
  } catch (error) {
    console.error(`\nbourse: ${error.message}`);
    process.exitCode = 1;
  }
}

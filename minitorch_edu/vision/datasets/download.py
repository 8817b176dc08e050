"""Getting a file from the network: several hosts, resumed where it broke off, checked, unpacked all or nothing."""

import contextlib
import hashlib
import http.client
import os
import shutil
import tarfile
import tempfile
import urllib.error
import urllib.request

__all__ = ["download", "unpack"]

CHUNK = 1 << 16
SECONDS = 30  # of silence after which a host is given up


def download(urls, path, md5):
    """Put the file with that MD5 sum at `path`, from the first of the urls that has it.

    What has arrived is kept in `path`.part, and continued by the next host, or the next call. RuntimeError if no host
    gives the right file, with what each one said.
    """
    if os.path.isfile(path) and md5_of(path) == md5:
        return
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    part, failures = path + ".part", []
    for url in urls:
        try:
            _fetch(url, part)
        except (OSError, http.client.HTTPException) as error:  # no such host, refused, silent, broken off
            failures.append(f"{url}: {error or type(error).__name__}")
            continue
        if md5_of(part) == md5:
            os.replace(part, path)
            return
        failures.append(f"{url}: the file has MD5 {md5_of(part)}, expected {md5}")
        os.remove(part)
    kept = f"\n{part} holds what has arrived: the next call goes on from there." if os.path.exists(part) else ""
    raise RuntimeError(
        f"could not download {os.path.basename(path)}:\n  " + "\n  ".join(failures) + kept + "\n"
        f"Without a network: get {urls[0]} on another machine, put it at {os.path.abspath(path)}, and try "
        "again: it will only be unpacked."
    )


def _fetch(url, part):
    """Complete the file `part` from `url`, as often as a connection brings something before it breaks off."""
    have = _size(part)
    while True:
        try:
            return _append(url, part)
        except (OSError, http.client.HTTPException):
            if _size(part) <= have:
                raise
            have = _size(part)


def _size(path):
    return os.path.getsize(path) if os.path.exists(path) else 0


def _append(url, part):
    """Append to the file `part` what it lacks of `url`, over one connection; OSError if that fails or breaks off."""
    have = _size(part)
    request = urllib.request.Request(url, headers={"User-Agent": "minitorch_edu"})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        reply = urllib.request.urlopen(request, timeout=SECONDS)
    except urllib.error.HTTPError as error:
        if have and error.code == 416:  # nothing comes after what we have: the checksum decides
            return
        raise
    with reply:
        resumed = have and reply.status == 206
        have = have if resumed else 0
        length = reply.headers.get("Content-Length")
        total = None if length is None else have + int(length)
        with open(part, "ab" if resumed else "wb") as file, _progress(os.path.basename(url), have, total) as advance:
            while chunk := reply.read(CHUNK):
                file.write(chunk)
                have += len(chunk)
                advance(len(chunk))
    if total is not None and have < total:
        raise ConnectionError(f"the connection broke off after {have} of {total} bytes")


@contextlib.contextmanager
def _progress(name, have, total):
    """A function of the number of bytes that have come in, which moves a bar if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        print(f"Downloading {name} ({total or 'unknown'} bytes; install tqdm to see a progress bar)")
        yield lambda count: None
    else:
        with tqdm(desc=name, initial=have, total=total, unit="B", unit_scale=True, unit_divisor=1024) as bar:
            yield bar.update


def md5_of(path):
    """The MD5 sum of a file, as hexadecimal text. (It guards against damage, not against an attacker.)"""
    with open(path, "rb") as file:
        digest = hashlib.md5(usedforsecurity=False)
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def unpack(archive, folder, names):
    """Make `folder` hold the named files of the archive's folder of that name: whole files, and on an error none.

    Nothing else is taken out of the archive, and nothing that it says about paths, links or rights is followed.
    """
    parent, base = os.path.split(os.path.abspath(folder))
    fresh = tempfile.mkdtemp(prefix=f".{base}.", dir=parent)
    try:
        os.chmod(fresh, 0o755)
        with tarfile.open(archive) as tar:
            for name in names:
                source = tar.extractfile(tar.getmember(f"{base}/{name}"))
                if source is None:
                    raise RuntimeError(f"{archive}: {base}/{name} is not a file")
                with source, open(os.path.join(fresh, name), "xb") as target:
                    shutil.copyfileobj(source, target)
        if os.path.isdir(folder):  # an incomplete one, in which there may be more than what we know of
            for name in names:
                os.replace(os.path.join(fresh, name), os.path.join(folder, name))
        else:
            os.rename(fresh, folder)
    except (KeyError, tarfile.TarError, EOFError) as error:
        raise RuntimeError(f"{archive} is not the expected archive: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)

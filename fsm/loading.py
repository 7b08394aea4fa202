"""Spec files as modules: a file is loaded once, whichever way it is reached.

Two loads of one file would make two Enums, and members that look the same and are never identical. So:

- A file that some import has loaded already is that module.
- Its canonical name is its dotted path from its *home*: the folder above the nearest folder named `specs`
  (or else its own folder), and above every package around that. The home goes to the end of `sys.path`,
  and the file is imported under that name like any other module, so that siblings can import it too. A
  second folder named `specs` joins the package `specs` that is there.
- Where that name belongs to something else (`queue.py`, a second `specs/a.py`), the file gets a name of
  its own, in packages that only its home has.
- A later import of the same file under yet another name (`x` for `specs.x`, or what pytest makes of it)
  is answered with the module that is there.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from fsm.errors import FsmError, Mistake, TargetError, Where
from fsm.folders import SPECS
from fsm.prose import short


def load(file: Path) -> ModuleType:
    """The module that a file is; it is run if nothing has run it yet.

    Args:
        file: a `.py` file.

    Returns:
        The module, under its canonical name.

    Raises:
        TargetError: if it cannot be imported, with the place and the reason.
        SpecError: if it holds a wrong spec.
    """
    real = Path(os.path.realpath(file))
    module = _loaded(real)
    if module is None:
        try:
            module = _import(real)
        except FsmError:
            raise
        except (Exception, SystemExit) as error:
            raise TargetError(_why(error, real)) from error
    _ONCE.remember(real, module)
    return module


def home(file: Path) -> tuple[Path, str]:
    """The folder that a file is imported from, and its dotted name there.

    Args:
        file: an absolute path.

    >>> folder, name = home(Path("/project/specs/lamps/lamp.py"))
    >>> folder.name, name
    ('project', 'specs.lamps.lamp')
    """
    folder = next((parent.parent for parent in file.parents if parent.name == SPECS), file.parent)
    while (folder / "__init__.py").is_file() and folder != folder.parent:
        folder = folder.parent
    parts = file.relative_to(folder).with_suffix("").parts
    if parts[-1] == "__init__" and len(parts) > 1:
        parts = parts[:-1]
    return folder, ".".join(parts)


class _Once:
    """Answers an import of a file that is loaded already with the module that it became."""

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.stems: set[str] = set()

    def remember(self, real: Path, module: ModuleType) -> None:
        """From now on every import of this file gives this module."""
        self.modules[str(real)] = module
        self.stems.add(real.stem)
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The protocol of `sys.meta_path`; nothing for whatever is not one of our files."""
        if fullname.rpartition(".")[2] not in self.stems:
            return None
        found = PathFinder.find_spec(fullname, path, target)
        if found is None or found.origin is None:
            return None
        module = self.modules.get(os.path.realpath(found.origin))
        if module is None or module.__name__ == fullname or module.__name__ not in sys.modules:
            return None
        return ModuleSpec(fullname, _Again(module), origin=found.origin)  # type: ignore[arg-type]


class _Again:
    """The loader of a module that is loaded already: it only hands it out."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.spec = module.__spec__

    def create_module(self, _: ModuleSpec) -> ModuleType:
        """The module that is there."""
        return self.module

    def exec_module(self, module: ModuleType) -> None:
        """Run nothing; undo what the import machinery wrote on the module."""
        module.__spec__ = self.spec


_ONCE = _Once()


def _loaded(real: Path) -> ModuleType | None:
    known = _ONCE.modules.get(str(real))
    if known is not None and sys.modules.get(known.__name__) is known:
        return known
    for module in list(sys.modules.values()):
        origin = getattr(module, "__dict__", {}).get("__file__")
        if (
            isinstance(origin, str)
            and (origin.endswith(real.name) or Path(origin).is_symlink())
            and os.path.realpath(origin) == str(real)
        ):
            return module
    return None


def _import(real: Path) -> ModuleType:
    folder, name = home(real)
    package = open_home(real)
    if _leads_to(name, package, real):
        return importlib.import_module(name)
    return _import_under_own_name(real, folder)


def open_home(file: Path) -> ModuleType | None:
    """Make what stands in a file's home importable by name: `specs.lamps.lamp`, and siblings of it.

    The packages around the file are made, or, where there are packages of these names already, joined.

    Args:
        file: an absolute path.

    Returns:
        The package around the file, if there is one.
    """
    folder, _ = home(file)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    importlib.invalidate_caches()
    package: ModuleType | None = None
    parents = file.relative_to(folder).parts[:-1]
    if any("." in parent for parent in parents):
        return None  # no import statement leads there
    for length in range(1, len(parents) + 1):
        package = _package(".".join(parents[:length]), folder.joinpath(*parents[:length]))
    return package


def _package(name: str, folder: Path) -> ModuleType:
    """The package of this name, with this folder in it; a plain module of this name is left as it is."""
    package = sys.modules.get(name)
    if package is None:
        package = _run(name, folder / "__init__.py", folder)
        outer, _, inner = name.rpartition(".")
        if outer:
            setattr(sys.modules[outer], inner, package)
    places = getattr(package, "__path__", None)
    if places is not None and str(folder) not in map(os.path.realpath, places):
        places.append(str(folder))
    return package


def _run(name: str, file: Path, folder: Path | None = None) -> ModuleType:
    """Make a module of a file, or an empty package where there is no file."""
    spec: ModuleSpec | None
    if file.is_file():
        places = None if folder is None else [str(folder)]
        spec = spec_from_file_location(name, file, submodule_search_locations=places)
    else:
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
    if spec is None:
        raise ImportError(f"Python has no loader for {file.name}")
    module = sys.modules[name] = module_from_spec(spec)
    try:
        if spec.loader is not None:
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return sys.modules[name]


def _leads_to(name: str, package: ModuleType | None, real: Path) -> bool:
    """Whether an ordinary import of this name gives this file; nothing is run to find out."""
    outer, _, inner = name.rpartition(".")
    if name in sys.modules or name in sys.stdlib_module_names:
        return False
    if real.stem != "__init__" and (real.stem != inner or (outer and package is None)):
        return False
    places = list(getattr(package, "__path__", ())) if package is not None else sys.path
    if package is not None and os.path.realpath(places[0] if places else "") != str(real.parent):
        return False  # somebody else's package, which this folder has only joined
    found = PathFinder.find_spec(name, places)
    return found is not None and found.origin is not None and os.path.realpath(found.origin) == str(real)


def _import_under_own_name(real: Path, folder: Path) -> ModuleType:
    """The file as a module in packages that no other home shares, so that it can import its siblings."""
    import hashlib  # rarely needed, and slow to load

    digest = hashlib.sha256(str(folder).encode(errors="surrogateescape")).hexdigest()[:8]
    parts = real.relative_to(folder).with_suffix("").parts
    names = [part.replace(".", "_") for part in parts]
    names[0] = f"{names[0]}_{digest}"
    for length in range(1, len(parts)):
        _package(".".join(names[:length]), folder.joinpath(*parts[:length]))
    return _run(".".join(names), real)


def _why(error: BaseException, real: Path) -> str:
    """Why a file does not import, with the place in it."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    where = Where(short(real))
    if isinstance(error, SyntaxError) and error.filename:
        where = Where(short(error.filename), error.lineno or 0)
        what = f"{type(error).__name__}: {error.msg}"
    else:
        frames = traceback.extract_tb(error.__traceback__)
        own = [frame for frame in frames if os.path.realpath(frame.filename) == str(real)]
        if own:
            where = Where(short(real), own[-1].lineno or 0)
    return str(Mistake(f"this file cannot be imported: {what}", where))

package toolchains

import (
	"encoding/json"
	"slices"
)

// only returns a package.json and a lock with this toolchain's package alone,
// as the given ones have it: npm brings everything that it is told of.
func (t Toolchain) only(manifest, lockfile []byte) (alone, lock []byte, err error) {
	var m, l map[string]any
	if err := json.Unmarshal(manifest, &m); err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(lockfile, &l); err != nil {
		return nil, nil, err
	}
	keep(m["dependencies"], t.Package)
	packages, _ := l["packages"].(map[string]any)
	keep(packages, "", "node_modules/"+t.Package)
	if root, ok := packages[""].(map[string]any); ok {
		keep(root["dependencies"], t.Package)
	}
	if alone, err = json.Marshal(m); err != nil {
		return nil, nil, err
	}
	lock, err = json.Marshal(l)
	return alone, lock, err
}

// keep removes all keys of an object but those named.
func keep(object any, names ...string) {
	m, _ := object.(map[string]any)
	for k := range m {
		if !slices.Contains(names, k) {
			delete(m, k)
		}
	}
}

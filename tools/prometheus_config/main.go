// Loads each configuration named on the command line the way Prometheus 3.5 does, Kubernetes discovery and rule files
// included. Debian's promtool is built without that discovery and refuses such files.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/prometheus/common/promslog"
	"github.com/prometheus/prometheus/config"
	_ "github.com/prometheus/prometheus/discovery/file"
	_ "github.com/prometheus/prometheus/discovery/kubernetes"
	"github.com/prometheus/prometheus/model/rulefmt"
)

func check(path string) (string, error) {
	loaded, err := config.LoadFile(path, false, promslog.NewNopLogger())
	if err != nil {
		return "", err
	}
	discoveries, rules := 0, 0
	for _, scrape := range loaded.ScrapeConfigs {
		discoveries += len(scrape.ServiceDiscoveryConfigs)
	}
	for _, pattern := range loaded.RuleFiles {
		files, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		if len(files) == 0 {
			return "", fmt.Errorf("no rule file matches '%s'", pattern)
		}
		for _, file := range files {
			groups, problems := rulefmt.ParseFile(file, false)
			if len(problems) > 0 {
				return "", fmt.Errorf("%s: %w", file, errors.Join(problems...))
			}
			for _, group := range groups.Groups {
				rules += len(group.Rules)
			}
		}
	}
	return fmt.Sprintf("%d scrape configs, %d discoveries, %d rules", len(loaded.ScrapeConfigs), discoveries, rules), nil
}

func main() {
	failed := len(os.Args) < 2
	for _, path := range os.Args[1:] {
		found, err := check(path)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", path, err)
			failed = true
			continue
		}
		fmt.Printf("%s: %s\n", path, found)
	}
	if failed {
		os.Exit(1)
	}
}

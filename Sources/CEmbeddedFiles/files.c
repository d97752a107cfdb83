// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files that the program brings along. As a literal of [UInt8], which is what SwiftPM's embedInCode makes of
 * one, they take the Swift compiler 10 seconds in every build; #embed (C23) takes none.
 */
#include "CEmbeddedFiles.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char pk_h[] = {
#embed "../PortCheck/userspace/pk.h"
};
static const unsigned char kernel_h[] = {
#embed "../PortCheck/userspace/kernel.h"
};
static const unsigned char kernel_c[] = {
#embed "../PortCheck/userspace/kernel.c"
};
static const unsigned char runtime_c[] = {
#embed "../PortCheck/userspace/runtime.c"
};
static const unsigned char confine_c[] = {
#embed "../PortCheck/userspace/confine.c"
};
static const unsigned char world_c[] = {
#embed "../PortCheck/userspace/world.c"
};
static const unsigned char tree_c[] = {
#embed "../PortCheck/userspace/tree.c"
};
static const unsigned char tree_h[] = {
#embed "../PortCheck/userspace/tree.h"
};
static const unsigned char tree_config_h[] = {
#embed "../PortCheck/userspace/tree_config.h"
};
static const unsigned char scenario_h[] = {
#embed "../PortCheck/userspace/scenario.h"
};
static const unsigned char small_h[] = {
#embed "../PortCheck/userspace/small.h"
};
static const unsigned char ext4_objects_h[] = {
#embed "../PortCheck/userspace/ext4_objects.h"
};
static const unsigned char manifest_schema_json[] = {
#embed "../Ledger/Published/manifest.schema.json"
};
static const unsigned char report_schema_json[] = {
#embed "../Ledger/Published/report.schema.json"
};
static const unsigned char github_yml[] = {
#embed "../Ledger/Published/github.yml"
};
static const unsigned char gitlab_yml[] = {
#embed "../Ledger/Published/gitlab.yml"
};
static const unsigned char page_css[] = {
#embed "../VerifyReports/page.css"
};
static const unsigned char diagram_js[] = {
#embed "../VerifyReports/diagram.js"
};
static const unsigned char page_js[] = {
#embed "../VerifyReports/page.js"
};
static const unsigned char apply_schema_json[] = {
#embed "../Reporting/Published/apply.schema.json"
};
static const unsigned char series_schema_json[] = {
#embed "../Reporting/Published/series.schema.json"
};
static const unsigned char show_schema_json[] = {
#embed "../Reporting/Published/show.schema.json"
};
static const unsigned char stat_schema_json[] = {
#embed "../Reporting/Published/stat.schema.json"
};
static const unsigned char lint_schema_json[] = {
#embed "../Reporting/Published/lint.schema.json"
};
static const unsigned char apply_trees_schema_json[] = {
#embed "../Reporting/Published/apply-trees.schema.json"
};
static const unsigned char follow_schema_json[] = {
#embed "../Reporting/Published/follow.schema.json"
};
static const unsigned char analyze_schema_json[] = {
#embed "../Reporting/Published/analyze.schema.json"
};
static const unsigned char compare_schema_json[] = {
#embed "../Reporting/Published/compare.schema.json"
};
static const unsigned char evaluate_schema_json[] = {
#embed "../Reporting/Published/evaluate.schema.json"
};
static const unsigned char explore_schema_json[] = {
#embed "../Reporting/Published/explore.schema.json"
};
static const unsigned char explore_all_schema_json[] = {
#embed "../Reporting/Published/explore-all.schema.json"
};
static const unsigned char port_list_schema_json[] = {
#embed "../Reporting/Published/port-list.schema.json"
};
static const unsigned char port_check_schema_json[] = {
#embed "../Reporting/Published/port-check.schema.json"
};
static const unsigned char port_run_schema_json[] = {
#embed "../Reporting/Published/port-run.schema.json"
};

static const struct embedded_file files[] = {
	{ "pk.h", "PortCheck/userspace", pk_h, sizeof pk_h },
	{ "kernel.h", "PortCheck/userspace", kernel_h, sizeof kernel_h },
	{ "kernel.c", "PortCheck/userspace", kernel_c, sizeof kernel_c },
	{ "runtime.c", "PortCheck/userspace", runtime_c, sizeof runtime_c },
	{ "confine.c", "PortCheck/userspace", confine_c, sizeof confine_c },
	{ "world.c", "PortCheck/userspace", world_c, sizeof world_c },
	{ "tree.c", "PortCheck/userspace", tree_c, sizeof tree_c },
	{ "tree.h", "PortCheck/userspace", tree_h, sizeof tree_h },
	{ "tree_config.h", "PortCheck/userspace", tree_config_h, sizeof tree_config_h },
	{ "scenario.h", "PortCheck/userspace", scenario_h, sizeof scenario_h },
	{ "small.h", "PortCheck/userspace", small_h, sizeof small_h },
	{ "ext4_objects.h", "PortCheck/userspace", ext4_objects_h, sizeof ext4_objects_h },
	{ "manifest.schema.json", "Ledger/Published", manifest_schema_json, sizeof manifest_schema_json },
	{ "report.schema.json", "Ledger/Published", report_schema_json, sizeof report_schema_json },
	{ "github.yml", "Ledger/Published", github_yml, sizeof github_yml },
	{ "gitlab.yml", "Ledger/Published", gitlab_yml, sizeof gitlab_yml },
	{ "page.css", "VerifyReports", page_css, sizeof page_css },
	{ "diagram.js", "VerifyReports", diagram_js, sizeof diagram_js },
	{ "page.js", "VerifyReports", page_js, sizeof page_js },
	{ "apply.schema.json", "Reporting/Published", apply_schema_json, sizeof apply_schema_json },
	{ "series.schema.json", "Reporting/Published", series_schema_json, sizeof series_schema_json },
	{ "show.schema.json", "Reporting/Published", show_schema_json, sizeof show_schema_json },
	{ "stat.schema.json", "Reporting/Published", stat_schema_json, sizeof stat_schema_json },
	{ "lint.schema.json", "Reporting/Published", lint_schema_json, sizeof lint_schema_json },
	{ "apply-trees.schema.json", "Reporting/Published", apply_trees_schema_json, sizeof apply_trees_schema_json },
	{ "follow.schema.json", "Reporting/Published", follow_schema_json, sizeof follow_schema_json },
	{ "analyze.schema.json", "Reporting/Published", analyze_schema_json, sizeof analyze_schema_json },
	{ "compare.schema.json", "Reporting/Published", compare_schema_json, sizeof compare_schema_json },
	{ "evaluate.schema.json", "Reporting/Published", evaluate_schema_json, sizeof evaluate_schema_json },
	{ "explore.schema.json", "Reporting/Published", explore_schema_json, sizeof explore_schema_json },
	{ "explore-all.schema.json", "Reporting/Published", explore_all_schema_json, sizeof explore_all_schema_json },
	{ "port-list.schema.json", "Reporting/Published", port_list_schema_json, sizeof port_list_schema_json },
	{ "port-check.schema.json", "Reporting/Published", port_check_schema_json, sizeof port_check_schema_json },
	{ "port-run.schema.json", "Reporting/Published", port_run_schema_json, sizeof port_run_schema_json },
};

const struct embedded_file *patchkit_embedded_files(size_t *count)
{
	*count = sizeof files / sizeof *files;
	return files;
}

# pagetrail - make: build; make check: all tests; make demo: see it work; make help: the rest.
#
# Missing packages are installed as the first step of whatever needs them (scripts/deps.sh), so nothing of this file may ask
# pkg-config while it is being read: on a fresh machine there is none yet.

.DEFAULT_GOAL := all
BUILD   ?= build
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib/pagetrail
CFLAGS  ?= -O2 -g
WERROR  ?=

# make builds an included file first and then starts over: that is when the compiler and the libraries get installed. Asked
# again only when the machine's packages have changed.
PACKAGES := jansson libdw libelf libzstd
ifneq ($(filter-out clean help,$(or $(MAKECMDGOALS),all)),)
include $(BUILD)/packages.mk
endif
$(BUILD)/packages.mk: scripts/deps.sh $(wildcard /var/lib/dpkg/status)
	@mkdir -p $(@D)
	@scripts/deps.sh build
	@echo "PKG_CFLAGS := $$(pkg-config --cflags $(PACKAGES))" >$@
	@echo "PKG_LIBS := $$(pkg-config --libs $(PACKAGES))" >>$@
WARN := -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings \
	-Wformat=2 -Wvla -Wimplicit-fallthrough -Wpointer-arith -Wcast-qual $(WERROR)
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo 0.1)
# make V=1 shows the commands as they are.
COMPILE = $(if $(V),$(CC),@echo '  CC  $(@:$(BUILD)/%=%)'; $(CC))
BASE := -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(EXTRA)

# The shim runs inside other people's programs: no vector registers, no builtins that become calls, nothing exported by accident.
SHIM_FLAGS := $(BASE) -fPIC -fvisibility=hidden -ffreestanding -fno-builtin -mgeneral-regs-only -fno-stack-protector \
	-fno-tree-loop-distribute-patterns -ftls-model=initial-exec -fexceptions -fasynchronous-unwind-tables \
	-fno-optimize-sibling-calls -fno-omit-frame-pointer -U_FORTIFY_SOURCE
comma := ,
# GCC clears and copies more than 32 bytes by `rep stos` and `rep movs`, which take some thirty cycles to begin: more than all
# that a call needs to be read.  clang knows no such option, and does not do that.
STRINGOPS := $(foreach f,memset memcpy,-m$(f)-strategy=vector_loop:512:noalign$(comma)libcall:-1:noalign)
TUNE := $(shell $(CC) $(STRINGOPS) -E -xc /dev/null >/dev/null 2>&1 && echo "$(STRINGOPS)")
TOOL_FLAGS := $(BASE) $(TUNE) -DPAGETRAIL_VERSION='"$(VERSION)"' -DPAGETRAIL_LIBDIR='"$(LIBDIR)"' \
	$(PKG_CFLAGS)
TOOL_LIBS := $(PKG_LIBS)

ABI_SRC  := $(wildcard preload/abi/*.c)
SHIM_SRC := $(wildcard preload/*.c preload/*.S)
VM_SRC   := $(wildcard collector/vm/*.c)
AUDIT_SRC := $(wildcard collector/audit/*.c)
UTIL_SRC := $(wildcard collector/util/*.c)
DRAIN_SRC := $(wildcard collector/live/drain*.c)
TOOL_SRC := $(filter-out collector/main.c,$(wildcard collector/*.c)) \
	$(wildcard collector/log/*.c collector/sym/*.c collector/report/*.c collector/verdict/*.c collector/diff/*.c collector/live/*.c)

obj = $(patsubst %,$(BUILD)/$(1)/%.o,$(2))
SHIM_OBJ := $(call obj,shim,$(SHIM_SRC) $(ABI_SRC))
PURE_OBJ := $(call obj,tool,$(VM_SRC) $(AUDIT_SRC) $(UTIL_SRC) preload/abi/call.c)
TOOL_OBJ := $(call obj,tool,$(TOOL_SRC)) $(BUILD)/tool/ready.o
MAIN_OBJ := $(call obj,tool,collector/main.c)

.PHONY: all
all: $(BUILD)/pagetrail $(BUILD)/libpagetrail.so $(BUILD)/pagetrail-findings.7

$(BUILD)/libpagetrail.so: $(SHIM_OBJ) preload/exports.map
	$(COMPILE) -shared -o $@ $(SHIM_OBJ) -Wl,--version-script=preload/exports.map -Wl,-z,defs -Wl,-z,now -Wl,-z,relro \
		-Wl,-z,initfirst -Wl,-z,nodelete -Wl,--build-id $(LDFLAGS)

$(BUILD)/pagetrail: $(MAIN_OBJ) $(TOOL_OBJ) $(PURE_OBJ)
	$(COMPILE) -o $@ $^ $(LDFLAGS) $(TOOL_LIBS)

$(BUILD)/pagetrail-findings.7: scripts/gen-findings.sh collector/audit/rules.def
	@mkdir -p $(@D)
	@CC="$(CC)" scripts/gen-findings.sh >$@.new && mv $@.new $@

$(BUILD)/shim/%.o: %
	@mkdir -p $(@D)
	$(COMPILE) $(SHIM_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tool/%.o: %
	@mkdir -p $(@D)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -c -o $@ $<

# The policies that ship with the tool are a part of it.
$(BUILD)/ready.c: scripts/gen-ready.sh $(wildcard collector/verdict/ready/*.json)
	@mkdir -p $(@D)
	@scripts/gen-ready.sh >$@.new && mv $@.new $@
$(BUILD)/tool/ready.o: $(BUILD)/ready.c
	@mkdir -p $(@D)
	$(COMPILE) $(TOOL_FLAGS) -Icollector -MMD -MP -c -o $@ $<

# Compiled anew when the version changes, for they name it.
$(call obj,tool,collector/main.c collector/check.c collector/cmd_audit.c collector/cmd_replay.c collector/live/journal_ends.c): $(BUILD)/version
$(BUILD)/version: FORCE
	@mkdir -p $(@D)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' >$@
.PHONY: FORCE

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# What the other targets need besides; a stamp each, for the same reason as above.
$(BUILD)/deps.%: scripts/deps.sh $(wildcard /var/lib/dpkg/status)
	@mkdir -p $(@D)
	@scripts/deps.sh $*
	@touch $@

# ---- tests ----
# Suites, in the order in which `make check` runs them: what is quick and basic first. Each is a target that prints cmocka's
# or our own closing lines; tests/check.sh adds them up.
CHECKS := check-unit check-scene check-fuzz check-cfi check-schema check-golden check-damage check-formats check-shape check-tsan check-asan check-live check-hazard check-torture

# A suite is told by the shell where it is built: in make's own words a path would end at its first blank.
AT = BUILD="$$(realpath $(BUILD))"

# tests/unit/vm and tests/unit/audit link the pure code only: the link line is the proof that model and rules do no I/O.
CMOCKA = $(shell pkg-config --cflags --libs cmocka)
unit = $(patsubst tests/unit/$(1)/%.c,$(BUILD)/unit/$(1)/%,$(wildcard tests/unit/$(1)/t_*.c))
ROOMS := vm audit abi preload collector
UNITS := $(foreach room,$(ROOMS),$(call unit,$(room)))
$(UNITS): | $(BUILD)/deps.check

$(BUILD)/unit/vm/%: tests/unit/vm/%.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -o $@ $(filter %.c,$^) $(PURE_OBJ) $(CMOCKA)
$(BUILD)/unit/vm/t_random: tests/fuzz/noise.c tests/fuzz/sound.c
$(BUILD)/unit/audit/%: tests/unit/audit/%.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(PURE_OBJ) $(CMOCKA)
$(BUILD)/unit/collector/%: tests/unit/collector/%.c $(TOOL_OBJ) $(PURE_OBJ)
	@mkdir -p $(@D)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(TOOL_OBJ) $(PURE_OBJ) $(CMOCKA) $(TOOL_LIBS)
# Shim code under test runs linked into the test: the parts that need neither the constructor nor the exported wrappers.
SHIM_PARTS := $(filter $(patsubst %,$(BUILD)/shim/preload/%.o,cfi_%.c stack.c step.c step_%.c peek.c unwind.c line.c send.c clock.c target.c) \
	$(BUILD)/shim/preload/abi/%,$(SHIM_OBJ))
$(BUILD)/unit/preload/%: tests/unit/preload/%.c $(SHIM_PARTS)
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fno-omit-frame-pointer -MMD -MP -o $@ $(filter %.c %.o,$^) $(CMOCKA) -lunwind
$(BUILD)/unit/preload/t_send_threads: $(call obj,tool,$(DRAIN_SRC) collector/util/alloc.c)
$(BUILD)/unit/preload/t_step_every_instruction: $(BUILD)/shim/preload/sites_x86_64.S.o
$(BUILD)/unit/abi/%: tests/unit/abi/%.c $(call obj,shim,$(ABI_SRC))
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -MMD -MP -o $@ $< $(call obj,shim,$(ABI_SRC)) $(CMOCKA)

.PHONY: check-unit
check-unit: $(UNITS)
	@tests/unit/run.sh $(UNITS)

# Scenes: one text, played to the model, to the kernel and, recorded, to the tool; tests/scene/README.md.
SCENES := $(wildcard tests/scene/*.scene)
SCENE_TOOLS := $(patsubst %,$(BUILD)/scene/%,run_model run_kernel run_log)
SCENE_READER := $(patsubst %,$(BUILD)/scene/%.o,scenes words tokens read_scene read_calls read_expect read_cases read_ops needs state check)
$(BUILD)/scene/%.o: tests/scene/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) $(PKG_CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/scene/run_model: $(patsubst %,$(BUILD)/scene/%.o,model model_call verdict) $(SCENE_READER) $(PURE_OBJ)
$(BUILD)/scene/run_kernel: $(patsubst %,$(BUILD)/scene/%.o,act act_files act_tracer make_call watch subject) $(SCENE_READER) $(PURE_OBJ)
$(BUILD)/scene/run_log: $(BUILD)/scene/state.o $(TOOL_OBJ) $(PURE_OBJ)
$(SCENE_TOOLS): $(BUILD)/scene/%: $(BUILD)/scene/%.o
	$(COMPILE) -o $@ $(filter %.o,$^) $(LDFLAGS) $(TOOL_LIBS)

# make check-cases CASES=FILE does the same with a file of JSON cases.
.PHONY: check-scene check-cases
check-scene: all $(SCENE_TOOLS)
	@$(AT) tests/scene/run.sh $(SCENES)
check-cases: all $(SCENE_TOOLS)
	@$(AT) tests/scene/run.sh $(CASES)

# Random calls; tests/fuzz/README.md. On the model and the kernel, and by a program under the tracer, as root and without a
# right to lock: make check-kernel SEQUENCES=N SEED=N, make fuzz-kernel RUNS=N SEED=N [SECONDS=N].
FUZZ_PLAN := $(patsubst %,tests/fuzz/%.c,plan choose chooser objects)
FUZZ_TOOLS := $(patsubst %,$(BUILD)/fuzz/%,player random_kernel fuzz_model)
$(BUILD)/fuzz/player: $(patsubst %,tests/fuzz/%.c,player play limits) tests/scene/make_call.c $(FUZZ_PLAN) preload/abi/call.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -pthread -MMD -MP -o $@ $(filter %.c,$^) $(LDFLAGS)
$(BUILD)/fuzz/random_kernel: tests/fuzz/random_kernel.c $(patsubst %,tests/scene/%.c,subject verdict make_call) \
		$(FUZZ_PLAN) tests/fuzz/sound.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -MMD -MP -o $@ $(filter %.c %.o,$^)

# The model alone, told nonsense: by libFuzzer where clang has it, else by as many random inputs.
FUZZ_MODEL := $(patsubst %,tests/fuzz/%.c,fuzz_model noise sound)
FUZZ_PURE := $(FUZZ_MODEL) $(VM_SRC) $(UTIL_SRC) preload/abi/call.c
$(BUILD)/fuzz/fuzz_model: $(FUZZ_MODEL) $(PURE_OBJ)
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -MMD -MP -o $@ $(filter %.c %.o,$^)
$(BUILD)/fuzz/fuzz_model.asan: $(FUZZ_PURE)
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) $(ASAN) -o $@ $^
$(BUILD)/fuzz/fuzz_model.libfuzzer: $(FUZZ_PURE)
	@mkdir -p $(@D)
	@echo '  CC  $(@:$(BUILD)/%=%)'
	@clang $(BASE) $(ASAN) -DWITH_LIBFUZZER -fsanitize=fuzzer -o $@ $^
.PHONY: fuzz-model
fuzz-model:
	@mkdir -p $(BUILD)/fuzz/corpus
	@if $(MAKE) --no-print-directory $(BUILD)/fuzz/fuzz_model.libfuzzer; then $(BUILD)/fuzz/fuzz_model.libfuzzer \
		-max_total_time=$(or $(SECONDS),60) -max_len=4096 -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/corpus tests/fuzz/corpus/model; else \
		$(MAKE) --no-print-directory $(BUILD)/fuzz/fuzz_model.asan && \
		timeout $(or $(SECONDS),60) $(BUILD)/fuzz/fuzz_model.asan 1000000000 $(SEED) || [ $$? = 124 ]; fi

# Every parser of bytes that are not ours; parse_NAME.c with the inputs corpus/NAME. In `make check` they get those and as many
# damaged ones; make fuzz-parsers SECONDS=N, for each by libFuzzer with sanitizers, keeps what it finds in $(BUILD)/clang/fuzz.
PARSERS ?= line log words smaps ring intake policy elf
PARSE_TOOLS := $(PARSERS:%=$(BUILD)/fuzz/parse_%)
FUZZ_ENGINE ?= tests/fuzz/replay.c
$(PARSE_TOOLS): $(BUILD)/fuzz/parse_%: tests/fuzz/parse_%.c tests/fuzz/replay.c $(TOOL_OBJ) $(PURE_OBJ)
	@mkdir -p $(@D)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(FUZZ_ENGINE) $(TOOL_OBJ) $(PURE_OBJ) $(LDFLAGS) $(TOOL_LIBS)
FUZZ_CLANG = -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
.PHONY: fuzz-parsers fuzz-parsers-run
fuzz-parsers: | $(BUILD)/deps.fuzz
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/clang CC=clang CFLAGS="-O1 -g $(FUZZ_CLANG) -fsanitize=fuzzer-no-link" \
		FUZZ_ENGINE=-fsanitize=fuzzer fuzz-parsers-run
fuzz-parsers-run: $(PARSE_TOOLS)
	@scripts/fuzz-parsers.sh $(BUILD)/fuzz $(or $(SECONDS),60) $(PARSERS)

# What of all this is part of `make check`.
.PHONY: check-fuzz
check-fuzz: all $(FUZZ_TOOLS) $(PARSE_TOOLS) $(SCENE_TOOLS) | $(BUILD)/deps.check
	@bad=0; $(BUILD)/fuzz/fuzz_model 3000 1 || bad=1; $(BUILD)/fuzz/fuzz_model tests/fuzz/corpus/model/* || bad=1; \
	for p in $(PARSERS); do timeout 60 $(BUILD)/fuzz/parse_$$p 200 tests/fuzz/corpus/$$p/* || bad=1; done; \
	$(FUZZ) --plans tests/fuzz/plans || bad=1; $(FUZZ) 1 60 || bad=1; $(FUZZ) --threads 1 40 || bad=1; \
	$(FUZZ_SCENES) 1 60 && $(PLAY_SCENES) || bad=1; [ "$$(id -u)" != 0 ] || { $(FUZZ) --unprivileged 1 40 || bad=1; \
	$(FUZZ_SCENES) --unprivileged 1 60 && $(PLAY_SCENES) || bad=1; }; exit $$bad
# A plan as a scene is what the model and the kernel make of it.
FUZZ_SCENES = $(FUZZ) --scenes $(BUILD)/fuzz/made.scene
PLAY_SCENES = $(BUILD)/scene/run_model $(BUILD)/fuzz/made.scene && timeout 280 $(BUILD)/scene/run_kernel $(BUILD)/fuzz/made.scene

SEQUENCES ?= 1000
RUNS ?= 1000
SEED ?= 1
.PHONY: check-kernel fuzz-kernel
check-kernel: $(BUILD)/fuzz/random_kernel
	$< $(SEQUENCES) $(SEED)
	$< -u $(SEQUENCES) $(SEED)
FUZZ = /usr/bin/python3 tests/fuzz/fuzz.py --build $(BUILD) $(if $(SECONDS),--seconds $(SECONDS))
fuzz-kernel: all $(BUILD)/fuzz/player | $(BUILD)/deps.check
	@$(FUZZ) --keep $(BUILD)/fuzz/differ $(SEED) $(RUNS)
	@$(FUZZ) --keep $(BUILD)/fuzz/differ --threads $(SEED) $(RUNS)
	@[ "$$(id -u)" != 0 ] || $(FUZZ) --keep $(BUILD)/fuzz/differ --unprivileged $(SEED) $(RUNS)

# What the readers say about small logs written by hand; tests/golden/README.md.
.PHONY: check-golden
check-golden: $(BUILD)/pagetrail
	@$(AT) tests/golden/run.sh $(T)

# What is damaged, endless or no log at all; tests/damage/README.md.
.PHONY: check-damage
check-damage: $(BUILD)/pagetrail | $(BUILD)/deps.check
	@$(AT) /usr/bin/python3 tests/damage/damage.py $(T)

# The log's JSON Schema: is it what calls.def makes of its template, and does it judge samples and golden logs rightly?
SCHEMA := collector/schema/pagetrail-log-1.schema.json
POLICY_SCHEMA := collector/schema/pagetrail-policy-1.schema.json
.PHONY: schema check-schema
schema:
	@CC="$(CC)" scripts/gen-schema.sh >$(SCHEMA).new && mv $(SCHEMA).new $(SCHEMA)
	@scripts/gen-policy-schema.sh >$(POLICY_SCHEMA).new && mv $(POLICY_SCHEMA).new $(POLICY_SCHEMA)
check-schema: $(BUILD)/pagetrail | $(BUILD)/deps.check
	@scripts/gen-policy-schema.sh | cmp - $(POLICY_SCHEMA) || { echo "make schema writes it anew"; exit 1; }
	@/usr/bin/python3 tests/schema/check_policy.py $(dir $(POLICY_SCHEMA)) $(BUILD)/pagetrail
	@CC="$(CC)" scripts/gen-schema.sh | cmp - $(SCHEMA) || { echo "make schema writes it anew"; exit 1; }
	@/usr/bin/python3 tests/schema/check.py $(SCHEMA)

# Reports for CI services, against the schemas of who reads them; tests/schema/README.md.
.PHONY: check-formats
check-formats: all $(BUILD)/unit/collector/t_verdict_formats | $(BUILD)/deps.check
	@$(AT) tests/schema/formats.sh

# Programs to trace.
PROG_SRC := $(wildcard tests/prog/p_*.c)
PROGS := $(PROG_SRC:tests/prog/%.c=$(BUILD)/prog/%)

# Once more with sanitizers, tests/sanitize/README.md: unit tests, parsers and golden logs, and what SANITIZED_LIVE matches of the
# live tests, with the collector and the readers built so and the shim as ever.
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all
ASAN := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
ASAN_MAKE = $(MAKE) --no-print-directory BUILD=$(BUILD)/asan CFLAGS="$(ASAN)" LDFLAGS="$(SANITIZE)" ROOMS="vm audit abi collector"
SANITIZED_LIVE ?= a_flood calls_are_logged many_processes readers_agree a_policy_judges verify_finds_nothing_in_our \
	a_standing_collector public_luajit public_w3m gpg_locks
.PHONY: check-asan asan asan-parts
asan-parts: $(BUILD)/pagetrail $(UNITS) $(PARSE_TOOLS)
asan: | $(BUILD)/deps.check
	@$(ASAN_MAKE) asan-parts
check-asan: all $(PROGS) asan
	@ln -sfn ../libpagetrail.so $(BUILD)/asan/libpagetrail.so; ln -sfn ../prog $(BUILD)/asan/prog
	@tests/sanitize/asan.sh "$$(realpath $(BUILD)/asan)" "$(PARSERS)" $(or $(T),$(SANITIZED_LIVE))

# Where threads share memory: the ring.
TSAN_TESTS := $(patsubst %,$(BUILD)/tsan/%,preload/t_send_threads collector/t_drain_threads)
$(TSAN_TESTS): $(BUILD)/tsan/%: tests/unit/%.c preload/send.c preload/clock.c $(DRAIN_SRC) collector/util/alloc.c \
		| $(BUILD)/deps.check
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -O1 -fsanitize=thread -o $@ $^ $(CMOCKA)
.PHONY: check-tsan
check-tsan: $(TSAN_TESTS)
	@bad=0; for t in $^; do timeout 100 $$t || bad=1; done; exit $$bad

# No part of `make check`: minutes. Memcheck does not know what PAGEMAP_SCAN (Linux 6.7) writes, and takes it for undefined; it
# refuses pidfd_open and openat2, by which t_live_proc waits and t_symbols_search opens.
UNKNOWN_TO_VALGRIND := %/t_live_pagemap %/t_live_proc %/t_symbols_search
.PHONY: check-valgrind
check-valgrind: $(filter-out $(UNKNOWN_TO_VALGRIND),$(foreach room,vm audit abi collector,$(call unit,$(room)))) | $(BUILD)/deps.valgrind
	@tests/sanitize/valgrind.sh $^

# Tables against what they describe.
.PHONY: check-shape
check-shape: all | $(BUILD)/deps.check
	@bad=0; CC="$(CC)" tests/shape/flags.sh || bad=1; tests/shape/findings.sh $(BUILD) || bad=1; scripts/layers.sh || bad=1; scripts/symbols.sh $(BUILD) || bad=1; exit $$bad

# Unwind rules against readelf's, row by row; make check-cfi FILES="FILE..." for other objects than libc and its like.
CFI_COMPARE := $(BUILD)/shape/cfi_compare
$(CFI_COMPARE): tests/shape/cfi_compare.c $(SHIM_PARTS) | $(BUILD)/deps.check
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -MMD -MP -o $@ $< $(SHIM_PARTS)

.PHONY: check-cfi
check-cfi: $(CFI_COMPARE) $(BUILD)/libpagetrail.so
	@scripts/check-cfi.sh $(CFI_COMPARE) $(FILES)

# They have frame pointers and symbols, as the tests name their functions.
$(BUILD)/prog/%: tests/prog/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fno-inline -fno-optimize-sibling-calls -pthread -MMD -MP -o $@ $< $(LDFLAGS)

.PHONY: check-live
check-live: all $(PROGS) | $(BUILD)/deps.check
	@$(AT) tests/live/run.sh $(T)

# Programs that try to break the tracer, and be broken by it; most need nothing special to be built.
HAZARD_SRC := $(wildcard tests/hazard/h_*.c)
HAZARD_LIBS := $(patsubst tests/hazard/%.c,$(BUILD)/prog/%.so,$(wildcard tests/hazard/lib_*.c))
HAZARD_ODD := $(patsubst %,$(BUILD)/prog/%,foreign_static foreign_musl foreign_32 foreign_32_dynamic h_throw h_alloc.asan h_alloc.tsan h_leak.asan)
HAZARDS := $(HAZARD_SRC:tests/hazard/%.c=$(BUILD)/prog/%) $(HAZARD_LIBS) $(HAZARD_ODD)
$(HAZARDS): | $(BUILD)/deps.check
$(BUILD)/prog/h_%: tests/hazard/h_%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fno-inline -fno-optimize-sibling-calls -pthread -MMD -MP -o $@ $< $(LDFLAGS)
$(BUILD)/prog/lib_%.so: tests/hazard/lib_%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fPIC -shared -fno-optimize-sibling-calls -MMD -MP -o $@ $< $(LDFLAGS)
$(BUILD)/prog/h_unwind: LDFLAGS += -lunwind
$(BUILD)/prog/h_%.asan: tests/hazard/h_%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fsanitize=address -pthread -MMD -MP -o $@ $< $(LDFLAGS)
$(BUILD)/prog/h_%.tsan: tests/hazard/h_%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fsanitize=thread -pthread -MMD -MP -o $@ $< $(LDFLAGS)
$(BUILD)/prog/h_throw: tests/hazard/h_throw.cc $(BUILD)/prog/hazard_counts.o
	@mkdir -p $(@D)
	@echo '  CXX $(@:$(BUILD)/%=%)'
	@$(CXX) -g -O1 -fno-inline -pthread -o $@ $^ $(LDFLAGS)
$(BUILD)/prog/hazard_counts.o: tests/hazard/hazard_counts.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -MMD -MP -c -o $@ $<
# Programs that cannot carry the tracer. Nothing of a 32-bit toolchain is needed but binutils.
$(BUILD)/prog/foreign_static: tests/hazard/foreign.c
	@mkdir -p $(@D)
	$(COMPILE) -static -o $@ $<
$(BUILD)/prog/foreign_musl: tests/hazard/foreign.c
	@mkdir -p $(@D)
	@echo '  CC  $(@:$(BUILD)/%=%)'
	@musl-gcc -o $@ $<
$(BUILD)/prog/foreign_32.o: tests/hazard/foreign_32.S
	@mkdir -p $(@D)
	@as --32 -o $@ $<
$(BUILD)/prog/foreign_32: $(BUILD)/prog/foreign_32.o
	@ld -m elf_i386 -o $@ $<
$(BUILD)/prog/foreign_32_dynamic: $(BUILD)/prog/foreign_32.o
	@ld -m elf_i386 -pie --no-dynamic-linker -dynamic-linker /lib/ld-linux.so.2 -z notext -o $@ $<

.PHONY: check-hazard
check-hazard: all $(PROGS) $(HAZARDS) | $(BUILD)/deps.check
	@$(AT) SUITE=hazard tests/live/run.sh $(T)

# Programs, collectors and both killed at random moments; tests/torture/README.md. TRIALS=N SEED=N, KIND=NAME.
TORTURED := $(BUILD)/torture/subject
$(BUILD)/torture/%: tests/torture/%.c
	@mkdir -p $(@D)
	$(COMPILE) $(BASE) -fno-inline -fno-optimize-sibling-calls -pthread -MMD -MP -o $@ $< $(LDFLAGS)
TORTURE = /usr/bin/python3 tests/torture/torture.py --build $(BUILD) --keep $(BUILD)/torture/failed
.PHONY: torture check-torture
torture: all $(TORTURED) | $(BUILD)/deps.check
	@$(TORTURE) $(if $(KIND),--kind $(KIND)) $(SEED) $(or $(TRIALS),3000)
check-torture: all $(TORTURED) | $(BUILD)/deps.check
	@$(TORTURE) 1 200

# Everything is built before the first suite starts, so that a suite's time is its own.
.PHONY: check
check: all $(PROGS) $(HAZARDS) $(TORTURED) $(UNITS) $(SCENE_TOOLS) $(FUZZ_TOOLS) $(PARSE_TOOLS) $(CFI_COMPARE) $(TSAN_TESTS) asan | $(BUILD)/deps.check
	@MAKE="$(MAKE)" BUILD=$(BUILD) tests/check.sh $(CHECKS)

# ---- for people ----
.PHONY: demo
demo: all | $(BUILD)/deps.demo
	@BUILD=$(BUILD) scripts/demo.sh

.PHONY: bench
bench: all | $(BUILD)/deps.bench
	@$(AT) tests/perf/bench.sh

# Wall time of whole programs, start-up, two threads; bytes a call; memory over so many calls.
.PHONY: bench-programs bench-size long-run
bench-programs: all | $(BUILD)/deps.programs
	@$(AT) tests/perf/programs.sh $(PROGRAMS)
bench-size: all | $(BUILD)/deps.programs
	@$(AT) tests/perf/size.sh
long-run: all | $(BUILD)/deps.programs
	@$(AT) tests/perf/long_run.sh $(or $(CALLS),1000000) $(VARIANTS)

# Nanoseconds of a walk.
$(BUILD)/bench_step: tests/perf/bench_step.c $(SHIM_PARTS) | $(BUILD)/deps.bench
	$(COMPILE) $(BASE) -MMD -MP -o $@ $< $(SHIM_PARTS) -lunwind
.PHONY: bench-step
bench-step: $(BUILD)/bench_step
	@$<

# Lines of a log a second.
$(BUILD)/bench_parse: tests/perf/bench_parse.c $(TOOL_OBJ) $(PURE_OBJ)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(TOOL_OBJ) $(PURE_OBJ) $(TOOL_LIBS)
.PHONY: bench-parse
bench-parse: $(BUILD)/bench_parse
	@$<

# The model: a call among 60 mappings and among 60,000.
$(BUILD)/bench_model: tests/perf/bench_model.c $(PURE_OBJ)
	$(COMPILE) $(BASE) -MMD -MP -o $@ $< $(PURE_OBJ)
.PHONY: bench-model
bench-model: $(BUILD)/bench_model
	@$<

# Reading a log: calls a second of each reader and verb, beside jansson alone; CALLS=N.
$(BUILD)/bench_replay: tests/perf/bench_replay.c $(TOOL_OBJ) $(PURE_OBJ)
	$(COMPILE) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(TOOL_OBJ) $(PURE_OBJ) $(TOOL_LIBS)
.PHONY: bench-replay
bench-replay: all $(BUILD)/bench_replay
	@$(BUILD)/bench_replay $(BUILD)/pagetrail $(CALLS)

# What the rules add to that.
$(BUILD)/bench_audit: tests/perf/bench_audit.c $(PURE_OBJ)
	$(COMPILE) $(BASE) -MMD -MP -o $@ $< $(PURE_OBJ)
.PHONY: bench-audit
bench-audit: $(BUILD)/bench_audit
	@$<

.PHONY: install
install: all
	install -D -m 755 $(BUILD)/pagetrail "$(DESTDIR)$(PREFIX)/bin/pagetrail"
	install -D -m 755 $(BUILD)/libpagetrail.so "$(DESTDIR)$(LIBDIR)/libpagetrail.so"
	install -d "$(DESTDIR)$(PREFIX)/share/pagetrail"
	install -m 644 collector/schema/pagetrail-*-1.schema.json "$(DESTDIR)$(PREFIX)/share/pagetrail/"
	install -D -m 644 collector/verdict/pagetrail-policy.5 "$(DESTDIR)$(PREFIX)/share/man/man5/pagetrail-policy.5"
	install -D -m 644 $(BUILD)/pagetrail-findings.7 "$(DESTDIR)$(PREFIX)/share/man/man7/pagetrail-findings.7"

.PHONY: help
help:
	@sed -n 's/^#? //p' Makefile
	@echo "suites: $(CHECKS)"

#? make             build/pagetrail and build/libpagetrail.so
#? make demo        trace gpg and look at what it did
#? make check       all tests; make check-SUITE runs one of them
#? make check-kernel   random calls on model and kernel, as root
#? make fuzz-model SECONDS=N   the model alone, told nonsense
#? make fuzz-parsers SECONDS=N [PARSERS="log policy"]   each parser of foreign bytes under libFuzzer
#? make fuzz-kernel RUNS=N SEED=N [SECONDS=N]   random calls under the tracer, compared with the kernel after each
#? make check-live T=PATTERN   only the live tests whose name matches
#? make check-hazard T=PATTERN   the same of the tests that try to break the tracer
#? make torture TRIALS=N SEED=N [KIND=NAME]   kill programs and collectors at random moments, and look what is in the logs
#? make check-asan [T="PATTERN..."]   units, golden logs and live tests under address and undefined-behaviour sanitizers
#? make check-tsan  the ring's two sides under the thread sanitizer
#? make check-valgrind   the unit tests under valgrind; minutes
#? make schema      the log's JSON Schema anew, after a change to calls.def
#? make bench-step  what a walk of the stack costs, beside libunwind's
#? make bench-parse lines of a log read in a second
#? make bench-replay CALLS=N   calls a second of each reader, beside jansson alone, among 60 and 60,000 mappings
#? make bench       what recording costs, beside other tools
#? make bench-programs [PROGRAMS="true gcc"]   wall time of whole programs with and without, start-up, two threads
#? make bench-size  bytes of log a call, plain and compressed, by field
#? make long-run CALLS=100000000 [VARIANTS="threads code"]   memory of program and collector over so many calls
#? make install     to PREFIX (/usr/local), below DESTDIR
#? make clean
#? make V=1         shows the compiler's command lines
#? Missing packages are installed (root, or sudo without a password) or named. BUILD=DIR builds elsewhere.

.PHONY: clean
clean:
	rm -rf $(BUILD)

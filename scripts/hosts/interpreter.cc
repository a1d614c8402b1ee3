// A program without JavaScript that runs an exported file, in the interpreter of WABT: `interpreter FILE.wasm < CALLS`.
// Each line of CALLS is the name of a run, then inputs as GLOBAL=HEX and outputs as GLOBAL:BYTES; their bytes are printed in hex.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "wabt/binary-reader.h"
#include "wabt/interp/binary-reader-interp.h"
#include "wabt/interp/interp.h"

using namespace wabt;
using namespace wabt::interp;

static Store store;
static Instance::Ptr instance;
static Module::Ptr module;

static Ref Exported(const std::string& name) {
  const auto& types = module->desc().exports;
  for (size_t i = 0; i < types.size(); i++) {
    if (types[i].type.name == name) return instance->exports()[i];
  }
  throw std::runtime_error("no export " + name);
}

// The bytes at the address that a global exports.
static u8* At(const std::string& global, size_t length) {
  Memory::Ptr memory{store, Exported("memory")};
  const u32 address = Global::Ptr{store, Exported(global)}->Get().Get<u32>();
  if (address + u64{length} > memory->ByteSize()) throw std::runtime_error("out of memory: " + global);
  return memory->UnsafeData() + address;
}

static void Write(const std::string& global, const std::string& hex) {
  u8* at = At(global, hex.size() / 2);
  for (size_t i = 0; i < hex.size() / 2; i++) at[i] = static_cast<u8>(std::stoi(hex.substr(2 * i, 2), nullptr, 16));
}

static void Run(const std::string& name) {
  Trap::Ptr trap;
  Values results;
  if (Failed(Func::Ptr{store, Exported(name)}->Call(store, {}, results, &trap))) throw std::runtime_error(trap->message());
}

static void Print(const std::string& global, size_t length) {
  const u8* at = At(global, length);
  std::printf("%s=", global.c_str());
  for (size_t i = 0; i < length; i++) std::printf("%02x", at[i]);
  std::printf(" ");
}

static void Load(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  ModuleDesc desc;
  Errors errors;
  const ReadBinaryOptions options(Features{}, nullptr, false, true, true);
  if (Failed(ReadBinaryInterp(path, bytes.data(), bytes.size(), options, &errors, &desc))) {
    throw std::runtime_error("no module: " + (errors.empty() ? std::string() : errors[0].message));
  }
  if (!desc.imports.empty()) throw std::runtime_error("the module imports something");
  module = Module::New(store, desc);
  Trap::Ptr trap;
  instance = Instance::Instantiate(store, module.ref(), {}, &trap);
  if (!instance) throw std::runtime_error(trap->message());
}

int main(int, char** arguments) {
  try {
    Load(arguments[1]);
    std::string line;
    while (std::getline(std::cin, line)) {
      std::istringstream words(line);
      std::string run, word;
      words >> run;
      std::vector<std::string> outputs;
      while (words >> word) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) outputs.push_back(word);
        else Write(word.substr(0, equals), word.substr(equals + 1));
      }
      Run(run);
      for (const auto& output : outputs) {
        const size_t colon = output.find(':');
        Print(output.substr(0, colon), std::stoul(output.substr(colon + 1)));
      }
      std::printf("\n");
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

# Installs @TITLE@: the executable 'lab' with its names 'producer' and 'consumer'.
#
#   irm @LATEST@/install.ps1 | iex
#
# $env:PREFIX    where to (default: %LOCALAPPDATA%\Programs\@NAME@)
# $env:VERSION   which release (default: @VERSION@)
# $env:BASE_URL  where archives and SHA256SUMS are (default: the release's downloads)
#
# Nothing is installed unless the archive has the checksum that SHA256SUMS gives.
$ErrorActionPreference = "Stop"
$ProgressPreference = "SilentlyContinue"

$version = if ($env:VERSION) { $env:VERSION } else { "@VERSION@" }
$baseUrl = if ($env:BASE_URL) { $env:BASE_URL } else { "@HOMEPAGE@/releases/download/v$version" }
$prefix = if ($env:PREFIX) { $env:PREFIX } else { Join-Path $env:LOCALAPPDATA "Programs\@NAME@" }

$architecture = [System.Runtime.InteropServices.RuntimeInformation]::OSArchitecture.ToString()
$targets = @{ @PAIRS@ }
$target = $targets[$architecture]
if (-not $target) { throw "there is no executable for Windows on $architecture; there are: $($targets.Values -join ', ')" }
$folder = "@NAME@-$version-$target"
$archive = "$folder.zip"

$work = Join-Path ([System.IO.Path]::GetTempPath()) ([System.Guid]::NewGuid())
New-Item -ItemType Directory -Path $work | Out-Null
try {
  Invoke-WebRequest -UseBasicParsing "$baseUrl/SHA256SUMS" -OutFile "$work\SHA256SUMS"
  Invoke-WebRequest -UseBasicParsing "$baseUrl/$archive" -OutFile "$work\$archive"

  $line = Get-Content "$work\SHA256SUMS" | Where-Object { ($_ -split "\s+\*?")[1] -eq $archive }
  if (-not $line) { throw "SHA256SUMS of $baseUrl does not list $archive" }
  $wanted = ($line -split "\s+")[0]
  $found = (Get-FileHash -Algorithm SHA256 "$work\$archive").Hash
  if ($found -ne $wanted) { throw "$archive has the SHA-256 $found, but SHA256SUMS says ${wanted}: not installed" }

  Expand-Archive "$work\$archive" -DestinationPath $work
  New-Item -ItemType Directory -Force -Path "$prefix\bin" | Out-Null
  Copy-Item -Force "$work\$folder\bin\lab.exe" "$prefix\bin\lab.exe"
  foreach ($name in "producer", "consumer") {
    Remove-Item -Force -ErrorAction SilentlyContinue "$prefix\bin\$name.exe"
    New-Item -ItemType HardLink -Path "$prefix\bin\$name.exe" -Target "$prefix\bin\lab.exe" | Out-Null
  }
} finally {
  Remove-Item -Recurse -Force $work
}
Write-Output "installed $(& "$prefix\bin\lab.exe" --version) in $prefix\bin"
if (($env:PATH -split ";") -notcontains "$prefix\bin") { Write-Output "$prefix\bin is not on your PATH: add it" }

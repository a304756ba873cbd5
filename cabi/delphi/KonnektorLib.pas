{ libkonnektor: the functions of konnektor.h, bound at run time.

  Compiles with Delphi 7 to 12 and with Free Pascal (modes Delphi and DelphiUnicode). KonnektorCore and Konnektor
  wrap these functions in classes; few programs need this unit itself. }
unit KonnektorLib;

{$IFDEF FPC}{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}{$ENDIF}

interface

uses
  SysUtils;

const
  KON_ABI = $00010000;
  KON_MAX_TEXT = 16777216;

  KON_OK = 0;
  KON_FAILED = -1;
  KON_TIMEOUT = -2;
  KON_CANCELLED = -3;
  KON_CLOSED = -4;
  KON_BAD_ARGUMENT = -5;
  KON_BAD_TEXT = -6;
  KON_BAD_HANDLE = -7;
  KON_TOO_LARGE = -8;
  KON_SMALL_BUFFER = -9;
  KON_NOT_FOUND = -10;
  KON_NO_MEMORY = -11;
  KON_BUSY = -12;
  KON_INTERNAL = -13;

  KON_LOG_ERROR = 1;
  KON_LOG_WARNING = 2;
  KON_LOG_INFO = 3;
  KON_LOG_DEBUG = 4;

  KON_JSON_NULL = 0;
  KON_JSON_BOOL = 1;
  KON_JSON_NUMBER = 2;
  KON_JSON_STRING = 3;
  KON_JSON_LIST = 4;
  KON_JSON_OBJECT = 5;

  { The file that is loaded from the folder of the program when no other is named. }
{$IFDEF MSWINDOWS}
  KonFileName = 'konnektor.dll';
{$ELSE}
  KonFileName = 'libkonnektor.so.1';
{$ENDIF}

{ The functions, nil until LoadKonnektor has succeeded. konnektor.h explains them. }
var
  kon_abi_version: function: Integer; cdecl;
  kon_version: function: PAnsiChar; cdecl;
  kon_open: function(Config: PAnsiChar; ConfigLength: Integer; out Handle: Integer; out Answer: PAnsiChar; out AnswerLength: Integer): Integer; cdecl;
  kon_close: function(Handle: Integer): Integer; cdecl;
  kon_call: function(Handle: Integer; Operation: PAnsiChar; OperationLength: Integer; Request: PAnsiChar; RequestLength: Integer; out Answer: PAnsiChar; out AnswerLength: Integer): Integer; cdecl;
  kon_call_buf: function(Handle: Integer; Operation: PAnsiChar; OperationLength: Integer; Request: PAnsiChar; RequestLength: Integer; Buffer: PAnsiChar; Capacity: Integer; out Needed: Integer): Integer; cdecl;
  kon_subscribe: function(Handle: Integer; Operation: PAnsiChar; OperationLength: Integer; Request: PAnsiChar; RequestLength: Integer; out Subscription: Integer): Integer; cdecl;
  kon_unsubscribe: function(Subscription: Integer): Integer; cdecl;
  kon_next_event: function(Handle: Integer; TimeoutMs: Integer; out Answer: PAnsiChar; out AnswerLength: Integer): Integer; cdecl;
  kon_cancel: function(Handle: Integer; Token: Integer): Integer; cdecl;
  kon_free: function(Text: PAnsiChar): Integer; cdecl;
  kon_set_log: function(Path: PAnsiChar; PathLength: Integer; Level: Integer): Integer; cdecl;
  kon_json_get: function(Json: PAnsiChar; JsonLength: Integer; Pointer: PAnsiChar; PointerLength: Integer; out Kind: Integer; out Value: PAnsiChar; out ValueLength: Integer): Integer; cdecl;

type
  { The library cannot be loaded: no such file, too old a Windows, another version. }
  EKonLibrary = class(Exception);

{ LoadKonnektor loads the library by its full path, once a process; '' means KonFileName in the folder of the program.
  It raises EKonLibrary. Not to be called from the initialization section of a DLL or BPL: it would wait for ever. }
procedure LoadKonnektor(const FileName: string);

implementation

uses
{$IFDEF MSWINDOWS}
  Windows;
{$ELSE}
  DynLibs;
{$ENDIF}

type
{$IFDEF MSWINDOWS}
  TLibrary = HMODULE;
{$ELSE}
  TLibrary = TLibHandle;
{$ENDIF}

var
  Loading: TMultiReadExclusiveWriteSynchronizer;
  Loaded: Boolean;

{$IFDEF MSWINDOWS}
type
  TVersionInfo = record
    Size, Major, Minor, Build, Platform: Cardinal;
    ServicePack: array[0..127] of WideChar;
  end;

{ CheckWindows refuses what is older than Windows 10 and Server 2016: there loading would not fail, it would end the
  process. GetVersion does not tell the truth to every program, RtlGetVersion does. }
procedure CheckWindows;
var
  GetVersion: function(var Info: TVersionInfo): Integer; stdcall;
  Info: TVersionInfo;
begin
  FillChar(Info, SizeOf(Info), 0);
  Info.Size := SizeOf(Info);
  @GetVersion := GetProcAddress(GetModuleHandleW('ntdll.dll'), 'RtlGetVersion');
  if not Assigned(GetVersion) or (GetVersion(Info) <> 0) or (Info.Major < 10) then
    raise EKonLibrary.Create('libkonnektor needs Windows 10 or Windows Server 2016 at least');
end;

function OpenLibrary(const FileName: string): TLibrary;
begin
  CheckWindows;
  Result := LoadLibraryExW(PWideChar(WideString(FileName)), 0, LOAD_WITH_ALTERED_SEARCH_PATH);
  if Result = 0 then
    raise EKonLibrary.Create('cannot load ' + FileName + ': ' + SysErrorMessage(GetLastError));
end;
{$ELSE}
function OpenLibrary(const FileName: string): TLibrary;
begin
  Result := LoadLibrary(AnsiString(FileName));
  if Result = NilHandle then
    raise EKonLibrary.Create('cannot load ' + FileName);
end;
{$ENDIF}

function Find(Lib: TLibrary; const Name: string): Pointer;
begin
{$IFDEF MSWINDOWS}
  Result := GetProcAddress(Lib, PAnsiChar(AnsiString(Name)));
{$ELSE}
  Result := GetProcedureAddress(Lib, AnsiString(Name));
{$ENDIF}
  if Result = nil then
    raise EKonLibrary.Create('libkonnektor has no function ' + Name);
end;

procedure Bind(Lib: TLibrary);
var
  Version: Integer;
begin
  @kon_abi_version := Find(Lib, 'kon_abi_version');
  Version := kon_abi_version();
  if (Version shr 16 <> KON_ABI shr 16) or (Version < KON_ABI) then
    raise EKonLibrary.Create('libkonnektor has interface ' + IntToStr(Version shr 16) + '.' +
      IntToStr(Version and $FFFF) + ', this program needs another one');
  @kon_version := Find(Lib, 'kon_version');
  @kon_open := Find(Lib, 'kon_open');
  @kon_close := Find(Lib, 'kon_close');
  @kon_call := Find(Lib, 'kon_call');
  @kon_call_buf := Find(Lib, 'kon_call_buf');
  @kon_subscribe := Find(Lib, 'kon_subscribe');
  @kon_unsubscribe := Find(Lib, 'kon_unsubscribe');
  @kon_next_event := Find(Lib, 'kon_next_event');
  @kon_cancel := Find(Lib, 'kon_cancel');
  @kon_free := Find(Lib, 'kon_free');
  @kon_set_log := Find(Lib, 'kon_set_log');
  @kon_json_get := Find(Lib, 'kon_json_get');
end;

procedure LoadKonnektor(const FileName: string);
var
  Path: string;
begin
  Loading.BeginWrite;
  try
    if Loaded then
      Exit;
    Path := FileName;
    if Path = '' then
      Path := ExtractFilePath(ExpandFileName(ParamStr(0))) + KonFileName;
    { The library has threads of its own; without this a program without TThread does not lock its memory manager. }
    IsMultiThread := True;
    Bind(OpenLibrary(ExpandFileName(Path)));
    Loaded := True;
  finally
    Loading.EndWrite;
  end;
end;

initialization
  Loading := TMultiReadExclusiveWriteSynchronizer.Create;

finalization
  { The library stays loaded: Go code cannot be unloaded. }
  Loading.Free;

end.

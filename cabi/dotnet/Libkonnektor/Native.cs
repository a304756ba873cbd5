using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace Libkonnektor
{
    /// <summary>The functions of konnektor.h, as they are.</summary>
    internal static class Native
    {
        internal const int KON_ABI = 0x00010000;
        internal const int KON_MAX_TEXT = 16777216;

        internal const int KON_OK = 0;
        internal const int KON_FAILED = -1;
        internal const int KON_TIMEOUT = -2;
        internal const int KON_CANCELLED = -3;
        internal const int KON_CLOSED = -4;
        internal const int KON_BAD_ARGUMENT = -5;
        internal const int KON_BAD_TEXT = -6;
        internal const int KON_BAD_HANDLE = -7;
        internal const int KON_TOO_LARGE = -8;
        internal const int KON_SMALL_BUFFER = -9;
        internal const int KON_NOT_FOUND = -10;
        internal const int KON_NO_MEMORY = -11;
        internal const int KON_BUSY = -12;
        internal const int KON_INTERNAL = -13;

        internal const int KON_LOG_ERROR = 1;
        internal const int KON_LOG_WARNING = 2;
        internal const int KON_LOG_INFO = 3;
        internal const int KON_LOG_DEBUG = 4;

        internal const int KON_JSON_NULL = 0;
        internal const int KON_JSON_BOOL = 1;
        internal const int KON_JSON_NUMBER = 2;
        internal const int KON_JSON_STRING = 3;
        internal const int KON_JSON_LIST = 4;
        internal const int KON_JSON_OBJECT = 5;

        private const string Library = "konnektor";

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_abi_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern IntPtr kon_version();

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_open(byte[] config, int configLength, out int handle, out IntPtr answer, out int answerLength);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_close(int handle);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_call(int handle, byte[] operation, int operationLength, byte[] request, int requestLength, out IntPtr answer, out int answerLength);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_call_buf(int handle, byte[] operation, int operationLength, byte[] request, int requestLength, byte[] buffer, int capacity, out int needed);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_subscribe(int handle, byte[] operation, int operationLength, byte[] request, int requestLength, out int subscription);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_unsubscribe(int subscription);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_next_event(int handle, int timeoutMs, out IntPtr answer, out int answerLength);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_cancel(int handle, int token);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_free(IntPtr text);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_set_log(byte[] path, int pathLength, int level);

        [DllImport(Library, CallingConvention = CallingConvention.Cdecl)]
        internal static extern int kon_json_get(byte[] json, int jsonLength, byte[] pointer, int pointerLength, out int kind, out IntPtr value, out int valueLength);

        private static readonly object Loading = new object();
        private static bool loaded;

        /// <summary>Loads the library, once a process, and compares the versions of the interface.</summary>
        internal static void Load()
        {
            lock (Loading)
            {
                if (loaded)
                    return;
                if (Path.DirectorySeparatorChar == '\\')
                    LoadOnWindows();
                int version = kon_abi_version();
                if (version >> 16 != KON_ABI >> 16 || version < KON_ABI)
                    throw new NotSupportedException("libkonnektor has interface " + (version >> 16) + "." + (version & 0xFFFF) +
                        ", this assembly needs another one");
                loaded = true;
            }
        }

        /// <summary>The bytes of a text, in UTF-8.</summary>
        internal static byte[] Bytes(string text)
        {
            return Encoding.UTF8.GetBytes(text ?? "");
        }

        /// <summary>Turns a text of the library into a string and frees it; null stays null.</summary>
        internal static string Take(IntPtr text, int length)
        {
            if (text == IntPtr.Zero)
                return null;
            byte[] bytes = new byte[length];
            Marshal.Copy(text, bytes, 0, length);
            kon_free(text);
            return Encoding.UTF8.GetString(bytes);
        }

        // On Windows the library is loaded by its full path: a search could find a planted one. Before that the version of
        // Windows is looked at, because on an older one loading would not fail, it would end the process.
        private static void LoadOnWindows()
        {
            VersionInfo info = new VersionInfo { Size = (uint)Marshal.SizeOf(typeof(VersionInfo)) };
            if (RtlGetVersion(ref info) != 0 || info.Major < 10)
                throw new PlatformNotSupportedException("libkonnektor needs Windows 10 or Windows Server 2016 at least");
            string folder = AppDomain.CurrentDomain.BaseDirectory;
            string rid = IntPtr.Size == 8 ? "win-x64" : "win-x86";
            foreach (string part in new[] { Path.Combine("runtimes", rid, "native"), rid, "" })
            {
                string file = Path.Combine(folder, part, "konnektor.dll");
                if (!File.Exists(file))
                    continue;
                if (LoadLibraryExW(file, IntPtr.Zero, 8) == IntPtr.Zero) // LOAD_WITH_ALTERED_SEARCH_PATH
                    throw new DllNotFoundException("cannot load " + file + ": error " + Marshal.GetLastWin32Error());
                return;
            }
        }

        [StructLayout(LayoutKind.Sequential, CharSet = CharSet.Unicode)]
        private struct VersionInfo
        {
            public uint Size, Major, Minor, Build, Platform;
            [MarshalAs(UnmanagedType.ByValTStr, SizeConst = 128)]
            public string ServicePack;
        }

        [DllImport("ntdll.dll")]
        private static extern int RtlGetVersion(ref VersionInfo info);

        [DllImport("kernel32.dll", CharSet = CharSet.Unicode, SetLastError = true)]
        private static extern IntPtr LoadLibraryExW(string file, IntPtr reserved, uint flags);
    }
}

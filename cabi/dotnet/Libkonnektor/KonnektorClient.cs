using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace Libkonnektor
{
    /// <summary>How much the log of the library tells.</summary>
    public enum LogLevel
    {
        Error = Native.KON_LOG_ERROR,
        Warning = Native.KON_LOG_WARNING,
        Info = Native.KON_LOG_INFO,
        Debug = Native.KON_LOG_DEBUG
    }

    /// <summary>
    /// A Konnektor, as one caller sees it. Safe to use from many threads. Each operation has a method that waits and one
    /// that ends in Async; both throw <see cref="KonnektorException"/>.
    /// </summary>
    public sealed partial class KonnektorClient : IDisposable
    {
        private readonly SafeKonHandle handle;
        private int lastToken;

        /// <summary>Opens a Konnektor from the JSON of a configuration. Sends nothing.</summary>
        public KonnektorClient(string configJson)
        {
            Native.Load();
            byte[] config = Native.Bytes(configJson);
            int id, length;
            IntPtr answer;
            int status = Native.kon_open(config, config.Length, out id, out answer, out length);
            string document = Native.Take(answer, length);
            if (status != Native.KON_OK)
                throw KonnektorException.For(status, document);
            handle = new SafeKonHandle(id);
        }

        /// <summary>Opens a Konnektor from a configuration made in the program.</summary>
        public KonnektorClient(Config config) : this(config.ToJson())
        {
        }

        /// <summary>The version of the library.</summary>
        public static string LibraryVersion
        {
            get
            {
                Native.Load();
                return Marshal.PtrToStringAnsi(Native.kon_version());
            }
        }

        /// <summary>Appends the log of the library to a file; null ends that.</summary>
        public static void SetLog(string path, LogLevel level)
        {
            Native.Load();
            byte[] bytes = Native.Bytes(path);
            int status = Native.kon_set_log(bytes, bytes.Length, (int)level);
            if (status != Native.KON_OK)
                throw KonnektorException.For(status, null);
        }

        /// <summary>Reads the one eGK that is inserted, or waits for one.</summary>
        public VsdReadAnswer ReadCard(TimeSpan wait = default(TimeSpan))
        {
            return VsdRead(new VsdReadRequest { WaitMs = (long)wait.TotalMilliseconds });
        }

        /// <summary>Reads the one eGK that is inserted, or waits for one.</summary>
        public Task<VsdReadAnswer> ReadCardAsync(TimeSpan wait = default(TimeSpan), CancellationToken cancellationToken = default(CancellationToken))
        {
            return VsdReadAsync(new VsdReadRequest { WaitMs = (long)wait.TotalMilliseconds }, cancellationToken);
        }

        /// <summary>Runs an operation with a JSON object and returns its answer, a JSON object.</summary>
        public string Call(string operation, string request)
        {
            return Run(operation, request, CancellationToken.None);
        }

        /// <summary>
        /// Runs an operation on a thread of its own. When it is cancelled, so is the call in the library, and the task.
        /// </summary>
        public Task<string> CallAsync(string operation, string request, CancellationToken cancellationToken = default(CancellationToken))
        {
            return Task.Factory.StartNew(() => Run(operation, request, cancellationToken), cancellationToken,
                TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }

        private string Run(string operation, string request, CancellationToken cancellationToken)
        {
            int token = 0;
            if (cancellationToken.CanBeCanceled)
            {
                token = Interlocked.Increment(ref lastToken);
                request = WithToken(request, token);
            }
            byte[] name = Native.Bytes(operation), bytes = Native.Bytes(request);
            using (SafeKonHandle.Use use = handle.Enter())
            using (cancellationToken.Register(() => Native.kon_cancel(use.Id, token)))
            {
                IntPtr answer;
                int length;
                int status = Native.kon_call(use.Id, name, name.Length, bytes, bytes.Length, out answer, out length);
                string document = Native.Take(answer, length);
                if (status == Native.KON_CANCELLED && cancellationToken.IsCancellationRequested)
                    throw new OperationCanceledException(cancellationToken);
                if (status != Native.KON_OK)
                    throw KonnektorException.For(status, document);
                return document;
            }
        }

        // WithToken adds the token of a call to its request.
        private static string WithToken(string request, int token)
        {
            string rest = (request ?? "").TrimStart();
            string head = "{\"call_token\":" + token;
            if (rest == "")
                return head + "}";
            if (rest[0] != '{')
                return request; // no object: for the library to refuse
            rest = rest.Substring(1).TrimStart();
            return head + (rest.StartsWith("}", StringComparison.Ordinal) ? "" : ",") + rest;
        }

        /// <summary>Starts an operation in the background, such as "cards.watch".</summary>
        public Subscription Subscribe(string operation, string request)
        {
            byte[] name = Native.Bytes(operation), bytes = Native.Bytes(request);
            using (SafeKonHandle.Use use = handle.Enter())
            {
                int id;
                int status = Native.kon_subscribe(use.Id, name, name.Length, bytes, bytes.Length, out id);
                if (status != Native.KON_OK)
                    throw KonnektorException.For(status, null);
                return new Subscription(id);
            }
        }

        /// <summary>Ends all calls and subscriptions.</summary>
        public void Dispose()
        {
            handle.CancelAll();
            handle.Dispose();
        }
    }

    /// <summary>A handle of the library; it is closed when the last call on it has ended.</summary>
    internal sealed class SafeKonHandle : SafeHandle
    {
        internal SafeKonHandle(int id) : base(IntPtr.Zero, true)
        {
            SetHandle(new IntPtr(id));
        }

        public override bool IsInvalid
        {
            get { return handle == IntPtr.Zero; }
        }

        protected override bool ReleaseHandle()
        {
            return Native.kon_close(handle.ToInt32()) == Native.KON_OK;
        }

        internal void CancelAll()
        {
            if (!IsClosed)
                Native.kon_cancel(handle.ToInt32(), 0);
        }

        internal Use Enter()
        {
            return new Use(this);
        }

        /// <summary>Keeps the handle open while a call runs.</summary>
        internal sealed class Use : IDisposable
        {
            private readonly SafeKonHandle owner;

            internal Use(SafeKonHandle owner)
            {
                bool ok = false;
                owner.DangerousAddRef(ref ok); // throws ObjectDisposedException
                this.owner = owner;
            }

            internal int Id
            {
                get { return owner.handle.ToInt32(); }
            }

            public void Dispose()
            {
                owner.DangerousRelease();
            }
        }
    }

    /// <summary>What a <see cref="KonnektorEvent"/> tells.</summary>
    public enum EventKind
    {
        /// <summary>The operation has something to say.</summary>
        Event,
        /// <summary>Events were thrown away, because nobody fetched them.</summary>
        Dropped,
        /// <summary>The operation is over.</summary>
        End
    }

    /// <summary>An event of a subscription.</summary>
    public sealed class KonnektorEvent
    {
        public EventKind Kind { get; internal set; }

        /// <summary>The event, or the answer at the end: a JSON object. Null when the operation failed.</summary>
        public string Json { get; internal set; }

        /// <summary>At the end: how the operation failed; else null.</summary>
        public Error Error { get; internal set; }

        /// <summary>How many events were thrown away.</summary>
        public long Count { get; internal set; }

        internal static KonnektorEvent Read(string document)
        {
            JsonObject o = JsonObject.Parse(document);
            switch (o.Text("kind"))
            {
                case "dropped":
                    return new KonnektorEvent { Kind = EventKind.Dropped, Count = o.Number("count") };
                case "end":
                    JsonObject error = o.Object("error");
                    return new KonnektorEvent { Kind = EventKind.End, Json = o.Json("answer"), Error = error == null ? null : Error.Read(error) };
                default:
                    return new KonnektorEvent { Kind = EventKind.Event, Json = o.Json("data") };
            }
        }
    }

    /// <summary>An operation in the background.</summary>
    public sealed class Subscription : IDisposable
    {
        private readonly int id;
        private const int Slice = 200; // milliseconds

        internal Subscription(int id)
        {
            this.id = id;
        }

        /// <summary>
        /// Waits for the next event; null when none came in that time. After the event of kind End, and after Dispose, it
        /// throws <see cref="KonnektorException"/>.
        /// </summary>
        public KonnektorEvent Next(TimeSpan timeout)
        {
            IntPtr answer;
            int length;
            int status = Native.kon_next_event(id, (int)timeout.TotalMilliseconds, out answer, out length);
            string document = Native.Take(answer, length);
            if (status == Native.KON_TIMEOUT)
                return null;
            if (status != Native.KON_OK)
                throw KonnektorException.For(status, document);
            return KonnektorEvent.Read(document);
        }

        /// <summary>Waits for the next event without end.</summary>
        public Task<KonnektorEvent> NextAsync(CancellationToken cancellationToken = default(CancellationToken))
        {
            return Task.Factory.StartNew(() =>
            {
                for (;;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    KonnektorEvent e = Next(TimeSpan.FromMilliseconds(Slice));
                    if (e != null)
                        return e;
                }
            }, cancellationToken, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
        }

        /// <summary>Ends the operation.</summary>
        public void Dispose()
        {
            Native.kon_unsubscribe(id);
        }
    }
}

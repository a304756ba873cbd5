/* The version of the product, once: for kon_version, the version resource of the DLLs and the NuGet package. */
#define KON_VERSION_TEXT "0.1.0"
#define KON_VERSION_NUMBERS 0, 1, 0, 0

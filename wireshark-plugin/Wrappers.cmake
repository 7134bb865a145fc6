# SPDX-License-Identifier: BSD-2-Clause
# build/tshark, build/wireshark, build/sharkd and build/rawshark.

# WIRESHARK_PLUGIN_DIR takes the place of Wireshark's own folder. So it gets one that links all of
# that folder, and our plugin.
get_filename_component(abi ${FLOWSCOPE_PLUGIN_FOLDER} NAME)
set(linked_plugins ${CMAKE_BINARY_DIR}/plugins/linked)
file(REMOVE_RECURSE ${linked_plugins})
file(MAKE_DIRECTORY ${linked_plugins}/${abi}/epan)
file(GLOB kinds ${FLOWSCOPE_PLUGIN_FOLDER}/*)
foreach(kind ${kinds})
    get_filename_component(name ${kind} NAME)
    if(NOT name STREQUAL epan)
        file(CREATE_LINK ${kind} ${linked_plugins}/${abi}/${name} SYMBOLIC)
    endif()
endforeach()
file(GLOB plugins ${FLOWSCOPE_PLUGIN_FOLDER}/epan/*.so)
foreach(plugin ${plugins})
    get_filename_component(name ${plugin} NAME)
    if(NOT name STREQUAL flowscope.so)
        file(CREATE_LINK ${plugin} ${linked_plugins}/${abi}/epan/${name} SYMBOLIC)
    endif()
endforeach()
file(CREATE_LINK ${own_plugins}/epan/flowscope.so ${linked_plugins}/${abi}/epan/flowscope.so SYMBOLIC)

# So does WIRESHARK_DATA_DIR with the folder of the global profiles, which ours is to stand among.
set(own_profiles ${CMAKE_BINARY_DIR}/plugins/profiles)
set(linked_data ${CMAKE_BINARY_DIR}/plugins/data)
file(REMOVE_RECURSE ${own_profiles} ${linked_data})
file(GLOB profile_files CONFIGURE_DEPENDS profile/flowscope/*)
foreach(file ${profile_files})
    get_filename_component(name ${file} NAME)
    configure_file(${file} ${own_profiles}/flowscope/${name} COPYONLY)
endforeach()
file(MAKE_DIRECTORY ${linked_data}/profiles)
file(GLOB entries ${FLOWSCOPE_DATA_FOLDER}/*)
file(GLOB profiles ${FLOWSCOPE_DATA_FOLDER}/profiles/*)
foreach(path ${entries})
    get_filename_component(name ${path} NAME)
    if(NOT name STREQUAL "profiles")
        file(CREATE_LINK ${path} ${linked_data}/${name} SYMBOLIC)
    endif()
endforeach()
foreach(path ${profiles} ${own_profiles}/flowscope)
    get_filename_component(name ${path} NAME)
    if(NOT EXISTS ${linked_data}/profiles/${name})
        file(CREATE_LINK ${path} ${linked_data}/profiles/${name} SYMBOLIC)
    endif()
endforeach()

# A sanitized plugin needs the run-time libraries before everything else in the process.
set(sanitizers "")
if(FLOWSCOPE_SANITIZE)
    foreach(library libasan.so libubsan.so)
        execute_process(COMMAND ${CMAKE_C_COMPILER} -print-file-name=${library}
            OUTPUT_VARIABLE path OUTPUT_STRIP_TRAILING_WHITESPACE)
        list(APPEND sanitizers ${path})
    endforeach()
    list(JOIN sanitizers ":" sanitizers)
endif()

foreach(name tshark wireshark sharkd rawshark)
    set(program ${Wireshark_INSTALL_PREFIX}/bin/${name})
    configure_file(run-with-plugin.sh.in ${CMAKE_BINARY_DIR}/${name} @ONLY
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                         WORLD_READ WORLD_EXECUTE)
endforeach()
